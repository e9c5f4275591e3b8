/* Texts that do not fit their line and end with an ellipsis. */

/** Whether some of the element's text is out of sight behind an ellipsis. */
export function isCut(element) {
  const isTooLong = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
  if (!isTooLong || !element.clientWidth) return false;
  const style = getComputedStyle(element);
  return style.overflowX === "hidden" && (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none");
}

/** Its text in one line. */
export const wholeText = (element) => element.textContent.replace(/\s+/g, " ").trim();
