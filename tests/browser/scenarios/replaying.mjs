// A replay from the dry run by its canary to the end, with a reload in between; and what purging asks for.
export default async ({ page, url, key, args, assert, opened, show, accessible }) => {
  await opened("#/");
  await show(`#/dead-letters?userId=${args.user}`);
  await page.getByRole("button", { name: "Purge these…" }).click();
  const purge = page.getByRole("dialog", { name: "Purge dead letters" });
  await purge.locator("[data-count]").waitFor();
  await purge.getByLabel("Why, for the audit").fill("never mind");
  await purge.locator("[data-count]").fill(String(args.count + 1));
  assert.ok(await purge.getByRole("button", { name: /^Purge them/ }).isDisabled(), "a wrong number opens nothing");
  await purge.getByRole("button", { name: "Leave it" }).click();

  await page.getByRole("button", { name: "Replay these…" }).click();
  const dialog = page.getByRole("dialog", { name: "Replay dead letters" });
  await dialog.getByText("would be requeued").or(dialog.getByText(/requeued/)).first().waitFor();
  await accessible();
  await dialog.getByLabel("Records a second").fill("20");
  await dialog.getByLabel("Canaries first").fill("1");
  assert.ok(await dialog.getByRole("button", { name: /^Replay them/ }).isDisabled(), "not without a reason");
  await dialog.getByLabel("Why, for the audit").fill("the pictures are back");
  const force = dialog.getByLabel("although something");
  if (await force.count()) await force.check();
  assert.match(await dialog.locator(".line code").innerText(), /python -m opsctl replay --filter userId=.* --reason 'the pictures are back'/);
  await dialog.getByRole("button", { name: `Replay them (${args.count})` }).click();
  await page.getByRole("heading", { name: new RegExp(`Replay of ${args.count}`) }).waitFor();
  const address = page.url();
  await page.reload(); // the key was not kept: it is asked for again, and the address still leads here
  await page.getByLabel("Function key").fill(key);
  await page.getByRole("button", { name: "Open the console" }).click();
  assert.equal(page.url(), address);
  await page.getByRole("heading", { name: /completed/ }).waitFor();
  await page.getByText(`${args.count} completed`).first().waitFor();
  const other = await page.context().newPage(); // a colleague, or another tab: the same address, a key of its own
  await other.goto(address);
  await other.getByLabel("Function key").fill(key);
  await other.getByRole("button", { name: "Open the console" }).click();
  await other.getByText(`${args.count} completed`).first().waitFor();
  await other.close();
  await accessible();
  await show("#/audit");
  await page.getByRole("row").filter({ hasText: "the pictures are back" }).first().waitFor();
};
