/* What a page with a [data-builder] loads. */

import "./builder.js";
import "./rule-filter.js";
