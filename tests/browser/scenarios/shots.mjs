export default async ({ page, args, opened, show }) => {
  await opened("#/");
  for (const [name, view] of Object.entries(args.views)) {
    await show(view);
    if (name === "replay") {
      await page.getByRole("button", { name: "Replay these…" }).click();
      await page.locator("dialog .outcomes").waitFor();
    }
    if (name === "repair") { await page.getByRole("button", { name: "Repair…" }).click(); }
    await page.waitForTimeout(400);
    await page.screenshot({ path: `${args.folder}/${name}${args.tail}.png`, fullPage: args.full ?? false });
    if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
  }
};
