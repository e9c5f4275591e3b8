/* [data-search] and the rule of the Users page bring #results anew without a new page: showResults(address) asks for
 * those of an address, visit(address) makes it the page's own, for Back and for sharing. Back to another list loads it.
 * */

/* The address without what lies beside the list. */
function list() {
  const address = new URL(location.href);
  address.searchParams.delete("open");
  address.searchParams.delete("tab");
  return address.pathname + address.search;
}
let shown = list();

export function showResults(address) {
  window.htmx.ajax("GET", address, { target: "#results", select: "#results", swap: "outerHTML", source: "#results" });
}
export function visit(address) {
  history.pushState({}, "", address);
  shown = list();
}
window.addEventListener("popstate", () => {
  if (document.getElementById("results") && list() !== shown) location.reload();
});
