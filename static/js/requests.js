/* Requests from the page: the CSRF token for htmx and fetch, and what to say when one fails.
 * Listens to htmx:configRequest, htmx:responseError, htmx:sendError, htmx:timeout. Offers
 * window.send(url, {method, body, headers, signal}) -> Response, which rejects with a readable Error.
 * 401 (the session is over) never swaps a login into the page: a banner links to it in a new tab. */
(() => {
  const token = () => document.body.dataset.csrf;

  function banner(text, retry) {
    document.querySelector(".offline")?.remove();
    const element = document.createElement("div");
    element.className = "offline";
    element.setAttribute("role", "alert");
    element.append(text);
    if (retry) {
      const button = document.createElement("button");
      button.className = "button button--small";
      button.textContent = "Retry";
      button.addEventListener("click", () => { element.remove(); retry(); });
      element.append(button);
    }
    const close = document.createElement("button");
    close.className = "button button--small";
    close.textContent = "Close";
    close.addEventListener("click", () => element.remove());
    element.append(close);
    document.body.append(element);
  }

  function sessionOver() {
    banner("Your session is over. Sign in again in another tab, then retry here; nothing you typed is lost. ");
    const link = document.createElement("a");
    link.href = "/sign-in/";
    link.target = "_blank";
    link.textContent = "Sign in";
    document.querySelector(".offline").append(link);
  }

  function refused(status, text) {
    if (status === 401) return sessionOver();
    const words = text && text.length < 400 && !text.includes("<") ? text : "";
    banner(words || (status === 403 ? "Your role does not allow this." : "This did not work. Nothing was changed."));
  }

  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // Forms answer 422 with themselves and their errors; a conflict answers 409 with both values.
    if ([409, 422].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.addEventListener("htmx:responseError", (event) => refused(event.detail.xhr.status, event.detail.xhr.responseText));
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const source = event.detail.elt;
      if (event.detail.requestConfig?.verb === "get") return banner("No connection.", () => location.reload());
      const what = source?.closest?.("tr[data-of], tr[data-attribute]")?.dataset.label;
      banner(`No connection. Your change${what ? ` to ${what}` : ""} was not saved. `, () => source?.requestSubmit ? source.requestSubmit() : source?.click());
    });
  }

  window.send = async (url, { method = "POST", body = {}, headers = {}, signal } = {}) => {
    const data = new URLSearchParams();
    for (const [name, value] of Object.entries(body)) for (const item of [value].flat()) data.append(name, item);
    let response;
    try {
      response = await fetch(url, {
        method, body: method === "GET" ? undefined : data, credentials: "same-origin", signal,
        headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch", Accept: "application/json", ...headers },
      });
    } catch {
      throw new Error(method === "GET" ? "No connection." : "No connection. Your change was not saved.");
    }
    if (response.status === 401) { sessionOver(); throw new Error("Your session is over."); }
    if (!response.ok) {
      const text = await response.text();
      let words = "This did not work. Nothing was changed.";
      try { words = JSON.parse(text).message || words; } catch { if (text.length < 300 && !text.includes("<")) words = text; }
      throw new Error(words);
    }
    return response;
  };
  window.complain = banner;
})();
