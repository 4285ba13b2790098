// Without a pointer: find a user, choose rows, replay them by a canary, follow it to the end. The focus is seen, and comes back.
export default async ({ page, args, assert, opened }) => {
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  const focus = () => page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return { words: document.activeElement.textContent.trim(), name: document.activeElement.getAttribute("name"), seen: outlineStyle !== "none" && outlineWidth !== "0px" };
  });
  const tabTo = async (found, keys = "Tab") => {
    for (let turn = 0; turn < 60; turn += 1) {
      const now = await focus();
      if (found(now)) return assert.ok(now.seen, `the focus on ${now.words || now.name} is not seen`);
      await press(keys);
    }
    throw new Error("the keyboard does not reach it");
  };
  await opened("#/");
  await press("/");
  await page.keyboard.type(args.user);
  await press("Enter");
  await page.getByRole("region", { name: `User ${args.user}` }).waitFor();
  await press("j", "j", "Enter"); // past the user's page, to the first dead letter
  await page.getByRole("region", { name: "What a replay would do" }).waitFor();
  await press("Escape");
  await page.getByRole("heading", { name: `Search: ${args.user}` }).waitFor();

  await page.evaluate((user) => { location.hash = `#/dead-letters?userId=${user}`; }, args.user);
  await page.locator("main tr.row").nth(args.count - 1).waitFor();
  for (let row = 0; row < args.chosen; row += 1) await press("j", "x");
  const bar = page.getByRole("region", { name: "chosen rows" });
  await bar.getByText(`${args.chosen} chosen`).waitFor();
  await press("x", "x"); // not, and again
  await bar.getByText(`${args.chosen} chosen`).waitFor();

  await tabTo((now) => now.words === "Replay the chosen…");
  await press("Enter");
  const dialog = page.getByRole("dialog", { name: "Replay dead letters" });
  await dialog.getByRole("button", { name: `Replay them (${args.chosen})` }).waitFor();
  const first = await dialog.elementHandle();
  await press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal((await focus()).words, "Replay the chosen…", "the focus comes back");
  await press("Enter");
  await dialog.getByRole("button", { name: `Replay them (${args.chosen})` }).waitFor();
  await first.evaluate((gone) => gone.dispatchEvent(new Event("close"))); // browsers tell of it late, and this is another dialog
  await dialog.getByText("say why first").or(dialog.getByText("is down")).waitFor();
  await tabTo((now) => now.name === "canary");
  await page.keyboard.type("1");
  if (await dialog.getByLabel("although something").count()) {
    await tabTo((now) => now.name === "force");
    await press("Space");
  }
  await tabTo((now) => now.name === "reason");
  await page.keyboard.type("their pictures are back");
  await press("Enter");
  await page.getByRole("heading", { name: `Replay of ${args.chosen} dead letters completed` }).waitFor();
  await page.getByText(`${args.chosen} completed`).first().waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Dead letters", exact: true }).waitFor();
  await page.goForward();
  await page.getByRole("heading", { name: `Replay of ${args.chosen} dead letters completed` }).waitFor();
};
