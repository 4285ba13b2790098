// One browser for all scenarios: reads a line of JSON for each (`scenario`, `url`, `key`, `actionKey`, `args`), plays it, answers with a line.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HANGS_MS = Number(process.env.HANGS_MS ?? 240_000); // only what hangs takes so long
// The browser counts its last list of features to be off, so what Playwright's keeps still stands here again. The others start
// renderers that no test looks at: one for the page that might come next, two for what the address bar might show.
const OFF = [
  "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades",
  "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch", "AimEnabled",
  "SpareRendererForSitePerProcess", "WebUIOmniboxAimPopup", "WebUIOmniboxPopup",
];
const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox", `--disable-features=${OFF}`] });
console.log(JSON.stringify({ ready: browser.version() }));

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  try {
    await play(wanted);
    console.log(JSON.stringify({ ok: true }));
  } catch (error) {
    console.log(JSON.stringify({ ok: false, why: String(error?.stack ?? error) }));
  }
}
await browser.close();

async function play({ scenario, url, key, actionKey, args, viewport, colorScheme }) {
  const { default: act } = await import(`./scenarios/${scenario}.mjs`);
  const context = await browser.newContext({
    viewport: viewport ?? { width: 1280, height: 800 }, colorScheme: colorScheme ?? "light", timezoneId: "America/New_York",
  });
  context.setDefaultTimeout(HANGS_MS);
  const page = await context.newPage();
  const breaches = watched(page, url, [key, actionKey].filter(Boolean));
  const enter = async (hash = "#/", typed = key) => {
    await page.goto(`${url}/api/ops/console${hash}`);
    await page.getByLabel("Function key").fill(typed);
    await page.getByLabel("Your name").fill("ada");
    await page.getByRole("button", { name: "Open the console" }).click();
  };
  const opened = async (hash) => {
    await enter(hash);
    await page.locator("main#main").waitFor();
    if (actionKey && !args?.locked) await unlocked(page, actionKey);
  };
  try {
    await act({ page, context, url, key, actionKey, args: args ?? {}, assert, enter, opened, show: (hash) => shown(page, hash), accessible: () => accessible(page) });
    assert.deepEqual(breaches, []);
  } finally {
    await context.close();
  }
}

/** Give the key for actions. */
async function unlocked(page, actionKey) {
  await page.getByRole("button", { name: "read only…" }).click();
  await page.getByLabel("Key for actions").fill(actionKey);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Go to a view, and wait until it has what it asked for. */
async function shown(page, hash) {
  await page.evaluate((address) => { location.hash = address; }, hash);
  await page.locator(`main[data-view=${JSON.stringify(hash)}]`).waitFor();
  await page.locator("main h1, main .problem, main .nothing:not(.asking)").first().waitFor({ state: "attached" });
  await page.waitForFunction(() => document.querySelector("main .asking") === null);
}

/** What no scenario may do; filled while it plays. */
function watched(page, url, keys) {
  const breaches = [];
  page.on("pageerror", (error) => breaches.push(`error of the page: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) breaches.push(`told to the console: ${text}`);
    if (keys.some((key) => text.includes(key))) breaches.push("a key was told to the console");
  });
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(`${url}/`) && !address.startsWith("data:")) breaches.push(`asked ${address}`);
    if (keys.some((key) => address.includes(key))) breaches.push(`a key is in ${address}`);
    if (request.headers().referer) breaches.push(`a referrer was sent to ${address}`);
  });
  page.on("framenavigated", (frame) => keys.some((key) => frame.url().includes(key)) && breaches.push("a key is in the page's address"));
  return breaches;
}

/** Fails with every rule of WCAG 2.2 AA that the page breaks. */
async function accessible(page) {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await globalThis.axe.run(document, { runOnly, resultTypes: ["violations"] })).violations;
  });
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`), []);
}
