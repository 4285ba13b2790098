// What cannot be read is unknown and never zero; what has stopped answering says since when, and what was last known.
export default async ({ page, args, assert, opened }) => {
  await opened("#/");
  const words = page.locator(".bar-words");
  await page.getByRole("region", { name: "Dependencies" }).getByText("failing").first().waitFor();
  assert.match(await words.innerText(), /store/);
  assert.match(await words.innerText(), /unknown dead/);
  const causes = page.getByRole("region", { name: "Open dead letters by cause" });
  await causes.getByText("unknown").waitFor();
  assert.doesNotMatch(await causes.innerText(), /\b0\b/);

  await page.route(/\/api\/ops\/(?!console)/, (route) => route.abort());
  await page.keyboard.press("r");
  await page.locator(".bar-unknown").waitFor();
  assert.match(await words.innerText(), /^UNKNOWN.*does not answer.*since \d\d:\d\dZ.*last known.*PAGE/s);
  await page.unroute(/\/api\/ops\/(?!console)/);
  await page.keyboard.press("r");
  await page.locator(".bar-unknown").waitFor({ state: "detached" });
};
