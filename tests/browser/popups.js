/* Opens the first and the last popup of each kind on the page and returns those that do not lie wholly in the window:
 * [what opened it, left, top, right, bottom], or [what should have, "opens nothing"]. */
async () => {
  const OPENED = "details[data-menu][open] > .menu__body, dialog[open], [data-popover], [data-tag-popup]:not([hidden])";
  const frame = () => new Promise(requestAnimationFrame);
  const rect = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return [left, top, right, bottom].map(Math.round);
  };
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.offsetWidth > 1;
  const faults = [];
  const check = (name, popup) => {
    const [left, top, right, bottom] = rect(popup);
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) faults.push([name, left, top, right, bottom]);
  };
  async function settled(find) {
    let last = "";
    for (let count = 0; count < 180; count++) {
      await frame();
      const popup = find();
      const now = popup && String(rect(popup));
      if (now && now === last && !popup.getAnimations().length) return popup;
      last = now;
    }
    return null;
  }
  function ends(selector) {
    const kinds = new Map();
    for (const element of document.querySelectorAll(selector)) {
      if (!visible(element)) continue;
      const kind = element.className + element.tagName + Object.keys(element.dataset) + !!element.closest("tbody");
      kinds.set(kind, [...(kinds.get(kind) || []), element]);
    }
    return [...kinds.values()].flatMap((all) => (all.length > 1 ? [all[0], all.at(-1)] : all));
  }
  const name = (element) => (element.getAttribute("aria-label") || element.textContent).trim().slice(0, 40);
  for (const element of ends("details[data-menu] > summary, [aria-haspopup], [data-open-dialog]")) {
    if (!visible(element)) continue;
    element.scrollIntoView({ block: "end" });
    element.click();
    const popup = await settled(() => [...document.querySelectorAll(OPENED)].filter(visible).at(-1));
    if (popup) check(name(element), popup);
    else faults.push([name(element), "opens nothing"]);
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
    (document.activeElement || document.body).dispatchEvent(
      new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }),
    );
    await frame();
  }
  for (const element of ends("[data-tip]")) {
    element.scrollIntoView({ block: "end" });
    await frame(); // scrolling hides a tip
    await frame();
    element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
    const tip = await settled(() => document.querySelector(".tip"));
    if (tip) check(`tip of ${name(element)}`, tip);
    else faults.push([`tip of ${name(element)}`, "opens nothing"]);
  }
  return faults;
};
