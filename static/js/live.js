/* [data-live="url"] with data-etag: asks every 1.5 s with If-None-Match and swaps the rows and the head that changed.
 * Pauses when the page is hidden; never touches a row being edited. A changed row is tinted for 2 s and said once. */
(() => {
  const EVERY = 1500;
  let busy = false;

  function swap(root, fresh) {
    const changed = [];
    const keysOf = (tree) => [...tree.querySelectorAll("[data-attribute]")].map((row) => row.dataset.attribute).sort().join();
    const sameRows = keysOf(root) === keysOf(fresh);
    fresh.querySelectorAll("[data-attribute]").forEach((found) => {
      const row = document.importNode(found, true); // the fresh table must stay whole, it may be needed below
      const old = root.querySelector(`[data-attribute="${CSS.escape(row.dataset.attribute)}"]`);
      if (!old || old.dataset.state === row.dataset.state) return;
      if (old.hidden || root.querySelector(`tr[data-of="${CSS.escape(row.dataset.attribute)}"]`)) return;
      old.replaceWith(row);
      window.htmx.process(row);
      row.dataset.changed = "";
      window.setTimeout(() => delete row.dataset.changed, 2000);
      changed.push(`${row.dataset.label} is now ${row.querySelector(".data__value").textContent.trim()}`);
    });
    const table = fresh.querySelector("[data-data-table]");
    if (!sameRows && table && !root.querySelector("tr[data-of]")) {
      root.querySelector("[data-data-table]").replaceWith(table);
      window.htmx.process(table);
      changed.push("Attributes were added or removed");
    }
    const head = fresh.querySelector("[data-profile-head]");
    const oldHead = root.querySelector("[data-profile-head]");
    if (head && oldHead && oldHead.dataset.state !== head.dataset.state && !oldHead.contains(document.activeElement) && !oldHead.querySelector("[data-tag-popup]:not([hidden])")) {
      oldHead.replaceWith(head);
      window.htmx.process(head);
    }
    const data = root.querySelector("[data-data]");
    if (data) window.narrowData?.(data);
    if (changed.length) window.announce(changed.slice(0, 3).join(". "));
  }

  async function ask() {
    const root = document.querySelector("[data-live]");
    if (!root || document.hidden || busy) return;
    busy = true;
    try {
      const response = await fetch(root.dataset.live, { headers: { "If-None-Match": root.dataset.etag, "HX-Request": "true", "X-Live": "1" }, credentials: "same-origin" });
      if (response.status === 200) {
        root.dataset.etag = response.headers.get("ETag") || "";
        const text = await response.text();
        if (root.isConnected) swap(root, new DOMParser().parseFromString(text, "text/html"));
      }
    } catch { /* offline: asked again soon */ } finally { busy = false; }
  }
  window.setInterval(ask, EVERY);
  document.addEventListener("refresh", ask);
})();
