// The pages work without this. It shows times in the reader's zone and keeps "in 47 h" up to date.
"use strict";
(() => {
  const language = document.documentElement.lang;
  const clock = new Intl.DateTimeFormat(language, {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });
  const steps = [[120, 60e3, "minute"], [72, 3600e3, "hour"], [730, 86400e3, "day"], [Infinity, 365 * 86400e3, "year"]];
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" });

  const local = (time) => { time.textContent = clock.format(new Date(time.dateTime)); };
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
