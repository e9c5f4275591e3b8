/* The demo product: the snippet as a customer pastes it, a login form and a plan switch. It is a script file and not
 * inline only because of this site's own Content-Security-Policy. */
window.jimo = window.jimo || [];
(function (j) {
  var s = document.createElement("script");
  s.type = "text/javascript";
  s.async = true;
  s.src = "/static/jimo.js";
  j["JIMO_PROJECT_ID"] = document.currentScript.dataset.project;
  document.getElementsByTagName("head")[0].appendChild(s);
})(window);

(() => {
  const features = new Set();
  const status = (text) => {
    document.querySelector("[data-status]").textContent = text;
  };
  window.addEventListener("JIMO_READY", () => {
    const element = document.querySelector("[data-jimer]");
    if (element) element.textContent = window.jimo.push(["get", "jimer:id"]);
    const id = window.jimo.push(["get", "user:id"]);
    if (id) signedIn({ id, name: window.jimo.push(["get", "user:name"]) || id }, `You are still signed in as ${id}.`);
  });
  function signedIn(user, text) {
    document.querySelector("[data-login]").hidden = true;
    document.querySelector("[data-plan]").hidden = false;
    document.querySelector("[data-who]").textContent = user.name;
    const plan = window.jimo.push(["get", "jimer:attributes"]).plan;
    if (plan) document.querySelector("[data-plan]").plan.value = plan;
    status(text);
  }
  document.querySelector("[data-login]").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const user = { id: form.user.value, name: form.elements.name.value, email: form.email.value };
    window.jimo.push([
      "do",
      "identify",
      [
        user.id,
        () => {
          window.jimo.push(["set", "user:name", [user.name]]);
          window.jimo.push(["set", "user:email", [user.email]]);
          window.jimo.push(["set", "user:language", [navigator.language.slice(0, 2)]]);
          signedIn(user, `Identified as ${user.id}. Name, email and language were sent.`);
        },
      ],
    ]);
    status("Signing in…");
  });
  document.querySelector("[data-plan]").addEventListener("submit", (event) => {
    event.preventDefault();
    const plan = event.target.plan.value;
    window.jimo.push(["set", "user:attributes", [{ plan }]]);
    status(`Sent plan = ${plan}.`);
  });
  document.addEventListener("click", (event) => {
    const feature = event.target.dataset?.feature;
    if (!feature) return;
    features.add(feature);
    window.jimo.push(["set", "user:attributes", [{ feature_usage: [...features], last_active_days: 0 }]]);
    status(`Sent feature_usage with ${feature}.`);
  });
})();
