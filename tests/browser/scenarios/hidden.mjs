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

  await page.clock.runFor("00:40");
  await page.waitForLoadState("networkidle");
  assert.ok(asked.includes("/api/ops/status"), "it asks while it is seen");

  await page.evaluate(() => globalThis.see("hidden"));
  asked.length = 0;
  await page.clock.runFor("05:00");
  assert.deepEqual(asked, []);

  const again = page.waitForRequest(/\/api\/ops\/status/);
  await page.evaluate(() => globalThis.see("visible"));
  await again;
};
