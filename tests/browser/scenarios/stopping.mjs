// A replay whose canaries die again stops by itself, and says so: in its head, and in the list.
export default async ({ page, args, opened, show }) => {
  await opened("#/");
  await show(`#/dead-letters?userId=${args.user}`);
  await page.getByRole("button", { name: "Replay these…" }).click();
  const dialog = page.getByRole("dialog", { name: "Replay dead letters" });
  await dialog.getByRole("button", { name: `Replay them (${args.count})` }).waitFor();
  await dialog.getByLabel("Why, for the audit").fill("perhaps they are back");
  const force = dialog.getByLabel("although something");
  if (await force.count()) await force.check();
  await dialog.getByRole("button", { name: /^Replay them/ }).click();
  await page.getByRole("heading", { name: /stopped/ }).waitFor();
  await page.getByText("It stopped by itself").first().waitFor();
  await show("#/operations");
  await page.getByRole("row").filter({ hasText: "perhaps they are back" }).getByText("stopped", { exact: true }).first().waitFor();
};
