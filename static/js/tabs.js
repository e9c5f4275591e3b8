/* [data-tabs] that are wider than their place scroll: the current one is brought into view, of new content too. */

function show(root) {
  for (const tab of root.querySelectorAll('[data-tabs] [aria-current="page"]')) {
    const tabs = tab.closest("[data-tabs]");
    if (tabs.scrollWidth > tabs.clientWidth)
      tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
  }
}
show(document);
document.addEventListener("htmx:after:swap", () => show(document));
