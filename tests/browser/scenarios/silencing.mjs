// An alert that fires is seen to and silenced; the bar says so, and does not say that all is well.
export default async ({ page, args, assert, opened, accessible }) => {
  await opened("#/");
  const alert = page.locator(".alert").filter({ hasText: args.alert });
  await alert.getByRole("button", { name: "Acknowledge…" }).click();
  let dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why, for the audit").fill("looking at it");
  await dialog.getByRole("button", { name: "I am at it" }).click();
  await alert.getByText("seen by ada").waitFor();
  await alert.getByRole("button", { name: "Silence…" }).click();
  dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why, for the audit").fill("known since noon");
  await dialog.getByRole("button", { name: "Silence it" }).click();
  await alert.getByText("silenced by ada").waitFor();
  await page.getByRole("region", { name: "held back" }).getByText(`alert ${args.alert} silenced`).waitFor();
  assert.match(await page.locator(".bar-words").innerText(), /silenced/);
  await accessible();
};
