// Visits pages in a real browser and says what it saw, as JSON. Standard input: {browser, now, visits}, a visit being
// {url, width, height, dark, script, keyboard, picture, whole, axe, later}. `picture` is the file for a screenshot, of the
// whole page if `whole` is set; `script` and `axe` are on unless they are false. With `later`, {path, body, shows}, it posts
// the body to the path and waits until the page shows that text by itself. Nothing but the given addresses is reached.
"use strict";
const fs = require("fs");
const { chromium } = require("playwright-core");

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const HEIGHT = 900;
const MOST_TABS = 600;

// Run in the page before anything else: keeps what the content security policy refused.
function watch() {
  window.refused = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
}

// Run in the page: the focused element, and whether it shows that it has the focus.
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const all = [...document.querySelectorAll("*")];
  return {
    number: all.indexOf(element),
    name: `${element.tagName} ${element.getAttribute("href") || element.getAttribute("name") || ""}`.trim(),
    seen: box.width > 0 && box.height > 0 && box.left < innerWidth && box.right > 0,
    marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}

// Run in the page: the numbers of all elements that a reader can use.
function usable() {
  const all = [...document.querySelectorAll("*")];
  const wanted = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']";
  return [...document.querySelectorAll(wanted)]
    .filter((element) => element.checkVisibility())
    .map((element) => all.indexOf(element));
}

async function tabbed(page) {
  const stops = [];
  for (let step = 0; step < MOST_TABS; step += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(focused);
    if (stop === null || (stops.length && stop.number === stops[0].number)) break;
    stops.push(stop);
  }
  return { stops, usable: await page.evaluate(usable) };
}

async function visit(browser, axe, now, wanted) {
  const context = await browser.newContext({
    viewport: { width: wanted.width, height: wanted.height || HEIGHT },
    colorScheme: wanted.dark ? "dark" : "light",
    javaScriptEnabled: wanted.script !== false,
    timezoneId: "Asia/Shanghai",
    locale: "en-GB",
  });
  const page = await context.newPage();
  const said = [];
  const foreign = [];
  const origin = new URL(wanted.url).origin;
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("request", (request) => { if (new URL(request.url()).origin !== origin) foreign.push(request.url()); });
  if (wanted.script !== false) {
    await page.clock.setFixedTime(now);
    await page.addInitScript(watch);
  }
  const answer = await page.goto(wanted.url);
  if (wanted.later) {
    await page.evaluate(({ path, body }) => fetch(path, { method: "POST", body }), wanted.later);
    await page.waitForFunction((text) => document.querySelector("main").innerText.includes(text), wanted.later.shows);
  }
  const seen = { status: answer.status(), said, foreign, text: await page.locator("main").innerText() };
  if (wanted.picture) await page.screenshot({ path: wanted.picture, fullPage: Boolean(wanted.whole) });
  if (wanted.script !== false) {
    seen.wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    seen.times = await page.evaluate(() => [...document.querySelectorAll("main time")].map((t) => [t.textContent, t.title]));
    if (wanted.keyboard) seen.keyboard = await tabbed(page);
    seen.refused = await page.evaluate(() => window.refused);
    if (axe) {
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      seen.violations = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`);
      seen.checked = found.passes.length;
    }
  }
  await context.close();
  return seen;
}

async function main() {
  const asked = JSON.parse(fs.readFileSync(0, "utf8"));
  const browser = await chromium.launch({ executablePath: asked.browser, headless: true, args: FLAGS });
  const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  const seen = [];
  for (const wanted of asked.visits) seen.push(await visit(browser, wanted.axe === false ? "" : axe, asked.now, wanted));
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
