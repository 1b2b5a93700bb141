// The server writes times in UTC; here they become times of the viewer's zone. Days stay as they
// are: 1NCE counts in days of UTC.
const MOMENT = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
});
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export function localTimes(within) {
  for (const time of within.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.textContent = MOMENT.format(moment);
    time.title = EXACT.format(moment);
  }
}
