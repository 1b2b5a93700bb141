// The server writes times in UTC; here they become times of the viewer's zone. Days stay as they
// are: 1NCE counts in days of UTC.
const MOMENT = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
});
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(moment) {
  const seconds = (moment.getTime() - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return AGO.format(Math.trunc(seconds / size), unit);
  }
  return AGO.format(0, "minute");
}

export function localTimes(within) {
  for (const time of within.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.textContent = time.dataset.moment === "ago" ? ago(moment) : MOMENT.format(moment);
    time.title = EXACT.format(moment);
  }
}
