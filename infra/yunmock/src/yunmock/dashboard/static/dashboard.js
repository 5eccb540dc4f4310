// The pages work without this. It reloads a page every few seconds, unless the reader has stopped that, is using
// something on the page, or looks at another tab.
"use strict";
(() => {
  const EVERY_MS = 3000;
  const KEY = "yunmock-refresh";
  const main = document.getElementById("main");
  const button = document.createElement("button");
  let wanted = sessionStorage.getItem(KEY) !== "off";

  const label = () => {
    button.textContent = wanted ? "Refreshing" : "Refresh";
    button.setAttribute("aria-pressed", String(wanted));
  };
  const used = () => {
    const focused = document.activeElement;
    const selected = String(document.getSelection());
    return (focused !== main && main.contains(focused)) || selected !== "" || main.querySelector("details[open]");
  };
  const refresh = async () => {
    if (!wanted || document.visibilityState !== "visible" || used()) return;
    const answer = await fetch(location.href);
    const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = shown.getElementById("main");
    if (!answer.ok || !fresh || used()) return;
    if (fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
    document.querySelector("footer time").replaceWith(shown.querySelector("footer time"));
  };
  const again = async () => {
    try {
      await refresh();
      document.body.classList.remove("gone");
    } catch {
      document.body.classList.add("gone");
    }
    setTimeout(again, EVERY_MS);
  };

  button.type = "button";
  button.className = "refresh";
  button.addEventListener("click", () => {
    wanted = !wanted;
    sessionStorage.setItem(KEY, wanted ? "on" : "off");
    label();
  });
  label();
  document.querySelector(".top").append(button);
  setTimeout(again, EVERY_MS);
})();
