// Everything by the keyboard: through the rows, into one, back, ask again, the list of keys, leaving a field.
export default async ({ page, assert, opened }) => {
  await opened("#/jobs");
  await page.locator("[data-row]").nth(1).waitFor();
  const focused = () => page.evaluate(() => [...document.querySelectorAll("[data-row]")].indexOf(document.activeElement));
  await page.keyboard.press("j");
  assert.equal(await focused(), 0);
  await page.keyboard.press("j");
  assert.equal(await focused(), 1);
  await page.keyboard.press("k");
  assert.equal(await focused(), 0);
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "What happened" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();

  const asked = page.waitForRequest(/\/api\/ops\/jobs/);
  await page.keyboard.press("r");
  await asked;

  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keyboard" });
  await list.waitFor();
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "detached" });

  await page.keyboard.press("/");
  await page.keyboard.type("j?r/");
  assert.equal(await page.getByRole("searchbox").inputValue(), "j?r/", "keys that are typed are text");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "BODY");
};
