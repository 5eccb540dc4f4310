// The pages work without this. It shows times in the reader's zone and keeps "in 47 h" up to date.
"use strict";
(() => {
  const language = document.documentElement.lang;
  const parts = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
  const thisYear = new Intl.DateTimeFormat(language, parts);
  const anyYear = new Intl.DateTimeFormat(language, { ...parts, year: "numeric" });
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric" });
  const steps = [[120, 60e3, "minute"], [72, 3600e3, "hour"], [730, 86400e3, "day"], [Infinity, 365 * 86400e3, "year"]];
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "narrow" });

  const local = (time) => {
    const moment = new Date(time.dateTime);
    const clock = moment.getFullYear() === new Date().getFullYear() ? thisYear : anyYear;
    time.textContent = ("day" in time.dataset ? day : clock).format(moment);
  };
  const away = (time) => {
    const ms = new Date(time.dateTime) - Date.now();
    if (Math.abs(ms) < 60e3) return;
    const [, unit, name] = steps.find(([most, size]) => Math.abs(ms) < most * size);
    time.textContent = relative.format(Math.trunc(ms / unit), name);
  };
  const all = [...document.querySelectorAll("time")];
  all.filter((time) => !("relative" in time.dataset)).forEach(local);
  const moving = all.filter((time) => "relative" in time.dataset);
  moving.forEach(away);
  setInterval(() => moving.forEach(away), 30e3);
})();
