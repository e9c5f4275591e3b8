/* Requests from the page: the CSRF token for htmx, fetch and forms, and what to say when one fails.
 * Listens to htmx:configRequest, htmx:responseError, htmx:sendError, htmx:timeout and submit. Offers
 * window.send(url, {method, body, headers, signal}) -> Response, which rejects with a readable Error.
 * 401 (the session is over) never swaps a login into the page: a banner links to it in a new tab, and Retry goes on.
 * A form that leaves the page does so only with a session ([data-session] of body says where to ask), so that what
 * was typed is not lost to a sign-in. */
/* window.csrf(strict): the token as the cookie has it now, for it changes with every sign-in, in another tab too; without
 * a cookie the page's own, or nothing if strict. */
window.csrf = (strict) =>
  document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || (strict ? "" : document.body.dataset.csrf);

(() => {
  const OVER = "Your session is over.";

  function banner(text, retry, closed) {
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

  function sessionOver(retry, closed) {
    banner(`${OVER} Sign in again in another tab, then retry here; nothing you typed is lost. `, retry, closed);
    const link = document.createElement("a");
    link.href = "/sign-in/";
    link.target = "_blank";
    link.textContent = "Sign in";
    document.querySelector(".offline button").before(link);
  }

  function refused(status, text, again) {
    if (status === 401) return sessionOver(again);
    const words = text && text.length < 400 && !text.includes("<") ? text : "";
    banner(words || (status === 403 ? "Your role does not allow this." : "This did not work. Nothing was changed."));
  }

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = window.csrf();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // Forms answer 422 with themselves and their errors; a conflict answers 409 with both values.
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const { verb, path, target, elt, triggeringEvent } = detail.requestConfig;
    refused(detail.xhr.status, detail.xhr.responseText, () =>
      window.htmx.ajax(verb, path, { source: elt, target, event: triggeringEvent }),
    );
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const source = event.detail.elt;
      if (event.detail.requestConfig?.verb === "get") return banner("No connection.", () => location.reload());
      const what = source?.closest?.("tr[data-of], tr[data-attribute]")?.dataset.label;
      banner(`No connection. Your change${what ? ` to ${what}` : ""} was not saved. `, () =>
        source?.requestSubmit ? source.requestSubmit() : source?.click(),
      );
    });
  }

  window.send = async (url, { method = "POST", body = {}, headers = {}, signal } = {}) => {
    const data = new URLSearchParams();
    for (const [name, value] of Object.entries(body)) for (const item of [value].flat()) data.append(name, item);
    let response;
    try {
      response = await fetch(url, {
        method,
        body: method === "GET" ? undefined : data,
        credentials: "same-origin",
        signal,
        headers: { "X-CSRFToken": window.csrf(), "X-Requested-With": "fetch", Accept: "application/json", ...headers },
      });
    } catch {
      throw new Error(method === "GET" ? "No connection." : "No connection. Your change was not saved.");
    }
    if (response.status === 401) {
      await new Promise((retry, closed) => sessionOver(retry, () => closed(new Error(OVER))));
      return window.send(url, { method, body, headers, signal });
    }
    if (!response.ok) {
      const text = await response.text();
      let words = "This did not work. Nothing was changed.";
      try {
        words = JSON.parse(text).message || words;
      } catch {
        if (text.length < 300 && !text.includes("<")) words = text;
      }
      throw new Error(words);
    }
    return response;
  };

  // On window, so that scripts which handle a form themselves have said so by now.
  window.addEventListener("submit", async (event) => {
    const form = event.target;
    const where = document.body.dataset.session;
    if (event.defaultPrevented || form.method !== "post" || !where || form.dataset.sending === "now") return;
    event.preventDefault();
    if (form.dataset.sending) return; // pressed twice
    const submitter = event.submitter;
    const again = () => form.requestSubmit(submitter);
    form.dataset.sending = "asked";
    try {
      const response = await fetch(where, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      if (response.status === 401) return sessionOver(again);
      const field = form.elements.csrfmiddlewaretoken;
      if (field) field.value = window.csrf();
      form.dataset.sending = "now";
      again();
    } catch {
      banner("No connection. Nothing was sent.", again);
    } finally {
      delete form.dataset.sending;
    }
  });
  window.complain = (text, retry) => {
    if (text.trim() !== OVER) banner(text, retry);
  };
})();
