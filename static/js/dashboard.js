/* What every page loads: one behaviour a file; all listen on document, so that swapped-in content works. */

import "./chart.js";
import "./columns.js";
import "./computing.js";
import "./copy.js";
import "./data-tab.js";
import "./dialog.js";
import "./edit-row.js";
import "./form-session.js";
import "./htmx-requests.js";
import "./live.js";
import "./menu.js";
import "./panel.js";
import "./paste-limit.js";
import "./relative-time.js";
import "./safe-form.js";
import "./search.js";
import "./selection.js";
import "./shortcuts.js";
import "./show-all.js";
import "./sidebar.js";
import "./tag-combobox.js";
import "./theme.js";
import "./time-zone.js";
import "./tip.js";
import "./toast.js";
import "./toggle.js";
