/* banner(text, retry, closed): what went wrong, at the bottom of the page, with Retry if there is something to retry. The
 * newest takes the place of the one before. */

export function banner(text, retry, closed) {
  document.querySelector(".offline")?.remove();
  const element = document.createElement("div");
  element.className = "offline";
  element.setAttribute("role", "alert");
  element.append(text);
  if (retry) {
    const button = document.createElement("button");
    button.className = "button button--small";
    button.textContent = "Retry";
    button.addEventListener("click", () => {
      element.remove();
      retry();
    });
    element.append(button);
  }
  const close = document.createElement("button");
  close.className = "button button--small";
  close.textContent = "Close";
  close.addEventListener("click", () => {
    element.remove();
    closed?.();
  });
  element.append(close);
  document.body.append(element);
}
