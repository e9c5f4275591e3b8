/* #panel: the profile beside the list. a[data-open] loads it there on wide screens (its href is the page's own
 * address); the address gets ?open=ID, so Back closes it and a reload keeps it. Escape and [data-close-panel]
 * close it, focus returns to the row. [data-panel-handle] resizes it up to half the window. Bars stand in for a
 * profile that takes longer than a moment. */
(() => {
  const WIDE = window.matchMedia("(min-width: 900px)");
  const panel = () => document.getElementById("panel");
  let opener = null;

  function withOpen(id) {
    const url = new URL(location.href);
    if (id) url.searchParams.set("open", id); else url.searchParams.delete("open");
    return url;
  }
  function bars() {
    const waiting = document.createElement("div");
    waiting.className = "panel__waiting";
    waiting.setAttribute("role", "status");
    waiting.setAttribute("aria-label", "Loading the user");
    for (let bar = 0; bar < 12; bar += 1) waiting.append(Object.assign(document.createElement("div"), { className: "skeleton" }));
    return waiting;
  }
  async function load(href, id, push) {
    const soon = setTimeout(() => { if (!panel().childElementCount) panel().replaceChildren(bars()); }, 250);
    await window.htmx.ajax("GET", href, { target: "#panel", swap: "innerHTML" });
    clearTimeout(soon);
    if (panel().querySelector(".panel__waiting")) return panel().replaceChildren();
    document.body.classList.add("with-panel");
    document.querySelectorAll("[data-row]").forEach((row) => row.toggleAttribute("data-current", row.dataset.row === id));
    if (push) history.pushState({ open: id }, "", withOpen(id));
    else history.replaceState({ open: id }, "", withOpen(id));
  }
  function close(push) {
    if (!panel() || !panel().childElementCount) return;
    panel().replaceChildren();
    document.body.classList.remove("with-panel");
    if (push) history.pushState({}, "", withOpen(null));
    if (opener?.isConnected) opener.focus();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    if (link && panel() && WIDE.matches && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      const already = panel().childElementCount > 0;
      opener = link;
      load(link.href, link.dataset.open, !already);
    }
    if (event.target.closest("[data-close-panel]")) { event.preventDefault(); close(true); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select, dialog, details[open], .combobox__popup")) return;
    close(true);
  });
  window.addEventListener("popstate", () => {
    const id = new URL(location.href).searchParams.get("open");
    if (!id) return close(false);
    const link = document.querySelector(`a[data-open="${CSS.escape(id)}"]`);
    if (link) load(link.href, id, false);
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (!panel()) return;
    const id = panel().dataset.initial;
    if (id && WIDE.matches) load(panel().dataset.href, id, false);
    else if (id) location.replace(panel().dataset.href);
  });

  let dragging = false;
  function resize(width) {
    const fits = Math.round(Math.min(Math.max(width, 420), innerWidth / 2));
    document.documentElement.style.setProperty("--panel-width", `${fits}px`);
    document.querySelector("[data-panel-handle]")?.setAttribute("aria-valuenow", fits);
  }
  document.addEventListener("pointerdown", (event) => { dragging = Boolean(event.target.closest("[data-panel-handle]")); });
  document.addEventListener("pointermove", (event) => { if (dragging) { resize(innerWidth - event.clientX); event.preventDefault(); } });
  document.addEventListener("pointerup", () => { dragging = false; });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-panel-handle]")) return;
    const step = { ArrowLeft: 40, ArrowRight: -40 }[event.key];
    if (step) resize(panel().offsetWidth + step);
  });
})();
