/* time[data-relative]: keeps "2 min ago" fresh, twice a minute. The words are those of users/showing/times.py. */
function words(moment) {
  const seconds = (Date.now() - moment) / 1000;
  if (seconds < 0 || seconds >= 86400 * 30) return null;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}
window.setInterval(() => {
  if (document.hidden) return;
  document.querySelectorAll("time[data-relative]").forEach((element) => {
    const text = words(Date.parse(element.dateTime));
    if (text && element.textContent !== text) element.textContent = text;
  });
}, 30000);
