/* [data-chart]: its days are one stop of the keyboard; arrows, Home and End go from day to day. Their texts are
 * data-tip. */
document.addEventListener("keydown", (event) => {
  const chart = event.target.closest?.("[data-chart]");
  if (!chart) return;
  const days = [...chart.querySelectorAll("[data-tip]")];
  const at = days.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: days.length - 1 }[event.key];
  if (at < 0 || !days[to]) return;
  event.preventDefault();
  days[at].setAttribute("tabindex", "-1");
  days[to].setAttribute("tabindex", "0");
  days[to].focus();
});
