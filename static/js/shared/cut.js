/* Texts that do not fit their line and end with an ellipsis. isCut(element): whether some of its text is out of sight
 * behind one. wholeText(element): its text in one line. */

export function isCut(element) {
  const isTooLong = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
  if (!isTooLong || !element.clientWidth) return false;
  const style = getComputedStyle(element);
  return style.overflowX === "hidden" && (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none");
}

export const wholeText = (element) => element.textContent.replace(/\s+/g, " ").trim();
