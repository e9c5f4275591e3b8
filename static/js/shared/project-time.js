/* Days and times in the zone of the page's project, in the one format of users/showing/times.py:
 * today() -> "2024-06-15", day("2024-06-15") -> "15 Jun 2024", exact(Date) -> "15 Jun 2024, 10:00:00 CEST". */
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
function parts(moment) {
  const wanted = {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  };
  let format;
  try {
    format = new Intl.DateTimeFormat("en-GB", { ...wanted, timeZone: document.body.dataset.zone || "UTC" });
  } catch {
    format = new Intl.DateTimeFormat("en-GB", { ...wanted, timeZone: "UTC" });
  } // a zone that this browser does not know
  return Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
}
export function today() {
  const { year, month, day } = parts(new Date());
  return `${year.padStart(4, "0")}-${month}-${day}`;
}
export function day(text) {
  const [year, month, number] = text.split("-").map(Number);
  return `${number} ${MONTHS[month - 1]} ${year}`;
}
export function exact(moment) {
  const at = parts(moment);
  const date = day(`${at.year}-${at.month}-${at.day}`);
  return `${date}, ${at.hour}:${at.minute}:${at.second} ${at.timeZoneName.replace(/^GMT(?=.)/, "")}`;
}
