// A payload is repaired: what is typed is read at once, what changes is named, and a version that has moved on is told.
export default async ({ page, args, assert, opened, show, accessible }) => {
  await opened("#/");
  await show(`#/dead-letters/${args.id}`);
  await page.getByRole("button", { name: "Repair…" }).click();
  const dialog = page.getByRole("dialog", { name: "Repair the payload" });
  const field = dialog.getByLabel("Repaired");
  const before = await field.inputValue();
  await dialog.getByLabel("Why, for the audit").fill("it sent a number");
  assert.ok(await dialog.getByRole("button", { name: "Repair it" }).isDisabled(), "nothing is changed yet");
  await field.fill(`${before.slice(0, -1)},`);
  assert.ok(await dialog.getByRole("button", { name: "Repair it" }).isDisabled(), "no JSON");
  await dialog.locator(".repair-problem").waitFor();
  const payload = { ...JSON.parse(before), ...args.changes };
  await field.fill(JSON.stringify(payload, null, 2));
  for (const name of Object.keys(args.changes)) await dialog.locator("#repair-says").getByText(name, { exact: true }).waitFor();
  await accessible();
  await dialog.getByRole("button", { name: "Repair it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Repaired message" }).waitFor();
};
