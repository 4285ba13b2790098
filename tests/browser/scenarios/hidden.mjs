// Nothing is asked while the page is hidden; when it is seen again, everything is asked at once.
export default async ({ page, assert, opened }) => {
  await page.clock.install();
  await page.addInitScript(() => {
    let seen = "visible";
    Object.defineProperty(document, "visibilityState", { get: () => seen });
    globalThis.see = (state) => {
      seen = state;
      document.dispatchEvent(new Event("visibilitychange"));
    };
  });
  await opened("#/");
  await page.waitForFunction(() => document.querySelector("main .asking") === null);
  await page.waitForLoadState("networkidle");
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));

  await page.evaluate(() => {
    globalThis.told = [];
    for (const one of document.querySelectorAll("[role=status], [aria-live]")) {
      new MutationObserver(() => globalThis.told.push(one.textContent)).observe(one, { characterData: true, childList: true, subtree: true });
    }
  });
  await page.clock.runFor("00:40");
  await page.waitForLoadState("networkidle");
  assert.ok(asked.includes("/api/ops/status"), "it asks while it is seen");
  assert.deepEqual(await page.evaluate(() => globalThis.told), [], "nothing is read aloud while nothing changes");

  await page.keyboard.press("p");
  await page.getByText("frozen", { exact: false }).first().waitFor();
  await page.waitForLoadState("networkidle"); // an answer that was on its way is here
  asked.length = 0;
  await page.clock.runFor("03:20");
  assert.deepEqual(asked, [], "nothing is asked while somebody reads");
  assert.match(await page.locator(".bar-age").innerText(), /frozen · 3 min old/);
  const wanted = page.waitForRequest(/\/api\/ops\/status/);
  await page.keyboard.press("r");
  await wanted;
  const on = page.waitForRequest(/\/api\/ops\/status/);
  await page.keyboard.press("p");
  await on;
  await page.waitForLoadState("networkidle");

  await page.evaluate(() => globalThis.see("hidden"));
  asked.length = 0;
  await page.clock.runFor("05:00");
  assert.deepEqual(asked, []);

  const again = page.waitForRequest(/\/api\/ops\/status/);
  await page.evaluate(() => globalThis.see("visible"));
  await again;
};
