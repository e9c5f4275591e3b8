/* The Data tab: [data-data-search] and [data-data-filter] narrow the rows [data-attribute] as one types, without
 * asking the server; [data-row-menu] opens the one shared menu for a row; [data-cancel-edit] and Escape take an edit
 * or a detail row away, Enter in [data-enter-saves] saves. Values that are shown for 30 s ([data-reveal]) hide themselves again. */
(() => {
  function narrow(root) {
    const search = root.querySelector("[data-data-search]");
    const needle = (search?.value || "").trim().toLowerCase();
    const filter = root.querySelector("[data-data-filter][aria-pressed=true]")?.dataset.dataFilter || "all";
    let shown = 0;
    root.querySelectorAll("[data-attribute]").forEach((row) => {
      const fits = (filter === "all" || row.dataset.flags.split(" ").includes(filter)) && (!needle || row.dataset.text.includes(needle));
      row.hidden = !fits;
      shown += fits;
    });
    root.querySelectorAll("tbody[data-group]").forEach((group) => { group.hidden = !group.querySelector("[data-attribute]:not([hidden])"); });
    const nothing = root.querySelector("[data-data-nothing]");
    if (nothing) nothing.hidden = shown > 0;
  }
  window.narrowData = narrow;
  const all = (root) => root.querySelectorAll?.("[data-data]").forEach(narrow);
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:load", (event) => all(event.detail.elt));
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-data-search]")) narrow(event.target.closest("[data-data]"));
  });
  document.addEventListener("click", (event) => {
    const filter = event.target.closest("[data-data-filter]");
    if (filter) {
      event.preventDefault();
      const root = filter.closest("[data-data]");
      const on = filter.getAttribute("aria-pressed") === "true";
      root.querySelectorAll("[data-data-filter]").forEach((other) => other.setAttribute("aria-pressed", "false"));
      (on ? root.querySelector('[data-data-filter="all"]') : filter).setAttribute("aria-pressed", "true");
      narrow(root);
    }
    const cancel = event.target.closest("[data-cancel-edit]");
    if (cancel) restore(cancel.closest("tr"));
  });
  function restore(row) {
    const ref = row.dataset.of;
    const original = document.querySelector(`[data-attribute="${CSS.escape(ref || "")}"]`);
    row.remove();
    if (original) original.hidden = false;
    original?.querySelector("summary, button")?.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches?.("[data-enter-saves]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    const row = event.target.closest?.("tr[data-of]");
    if (row && event.key === "Escape") { event.preventDefault(); event.stopPropagation(); restore(row); }
  }, true);
  document.addEventListener("click", async (event) => {
    const reveal = event.target.closest("[data-reveal]");
    if (!reveal) return;
    try {
      const answer = await (await window.send(reveal.dataset.reveal)).json();
      const cell = reveal.parentElement;
      const before = cell.innerHTML;
      cell.innerHTML = answer.html;
      window.setTimeout(() => { cell.innerHTML = before; }, 30000);
    } catch (error) { window.complain(error.message); }
  });
  document.addEventListener("htmx:load", (event) => {
    const edit = event.detail.elt.querySelector?.("[data-autofocus]") || (event.detail.elt.matches?.("[data-autofocus]") ? event.detail.elt : null);
    if (edit) { edit.focus(); edit.select?.(); }
  });
})();
