// The key: wrong, right, kept by a tick alone, forgotten on a refusal, by Lock, and after thirty minutes without input.
const stored = (page) => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
const everywhere = (page) => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href, document.documentElement.outerHTML]));

export default async ({ page, context, url, key, assert, enter }) => {
  await page.clock.install();
  const gate = page.getByLabel("Function key");
  const inside = page.locator("main#main");

  await enter("#/jobs", "not-the-key");
  await page.getByText("does not accept this key").waitFor();
  assert.equal(await gate.inputValue(), "");

  await gate.fill(key);
  await page.keyboard.press("Enter");
  await inside.waitFor();
  assert.equal(new URL(page.url()).hash, "#/jobs", "the view that was asked for");
  assert.ok(!(await everywhere(page)).includes(key));
  await page.reload();
  await gate.waitFor();

  await gate.fill(key);
  await page.getByLabel("Keep the key in this tab").check();
  await page.keyboard.press("Enter");
  await inside.waitFor();
  assert.ok((await stored(page)).includes(key));
  await page.reload();
  await inside.waitFor();
  const other = await context.newPage();
  await other.goto(`${url}/api/ops/console`);
  await other.getByLabel("Function key").waitFor();
  await other.close();

  await page.clock.fastForward("29:00");
  await page.keyboard.press("Shift");
  await page.clock.fastForward("29:00");
  assert.ok(await inside.isVisible());
  await page.clock.fastForward("02:00");
  await page.getByText("thirty minutes without input", { exact: false }).first().waitFor();
  await gate.waitFor();
  assert.equal(await stored(page), "{}");

  await gate.fill(key);
  await page.keyboard.press("Enter");
  await inside.waitFor();
  await page.getByRole("button", { name: "Lock" }).click();
  await gate.waitFor();

  await gate.fill(key);
  await page.getByLabel("Keep the key in this tab").check();
  await page.keyboard.press("Enter");
  await inside.waitFor();
  await page.route("**/api/ops/status", (route) => route.fulfill({ status: 401, body: "" }));
  await page.clock.fastForward("00:30");
  await page.getByText("it has been forgotten").waitFor();
  assert.equal(await stored(page), "{}");
  assert.ok(!(await everywhere(page)).includes(key));
};
