/* input[data-browser-zone]: starts with the time zone of this browser. */
const input = document.querySelector("[data-browser-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (input && zone) input.value = zone;
