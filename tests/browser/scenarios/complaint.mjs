// "My like has no effect": from the user's id to the job, its story, and the term it taught.
export default async ({ page, args, assert, opened }) => {
  await opened("#/");
  await page.keyboard.press("/");
  await page.keyboard.type(args.user);
  await page.keyboard.press("Enter");
  const found = page.getByRole("region", { name: `User ${args.user}` });
  await found.waitFor();
  await found.getByRole("link").filter({ hasText: "completed" }).first().click();
  await page.getByRole("heading", { name: `Job of ${args.user}` }).waitFor();
  const story = page.getByRole("region", { name: "What happened" });
  for (const event of ["accepted", "attempt started", "signal stored", "completed"]) await story.getByText(event, { exact: true }).waitFor();
  const taught = page.getByRole("region", { name: "What it taught" });
  const row = taught.getByRole("row").filter({ hasText: args.term });
  await row.waitFor();
  assert.match(await row.innerText(), /\d\.\d\d/, "its weight now");
  const message = page.getByRole("region", { name: "Message" });
  await message.getByRole("button", { name: "hex" }).click();
  assert.match(await message.locator("pre").innerText(), /^0000 {2}7b/, "the exact bytes");
};
