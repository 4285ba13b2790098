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
  await page.locator("main time").first().waitFor();
  const times = () => page.locator("main time").first().innerText();
  assert.match(await times(), /ago$|^now$/);
  await page.keyboard.press("t");
  await page.waitForFunction(() => /\d\d:\d\dZ$/.test(document.querySelector("main time").innerText));
  await page.keyboard.press("t");
  await page.waitForFunction(() => !/Z$/.test(document.querySelector("main time").innerText));

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
