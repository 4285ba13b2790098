// A queue and a timer are paused and resumed: the banner counts down and is gone again; a run by hand is asked for.
export default async ({ page, assert, opened, show, accessible }) => {
  await opened("#/");
  await show("#/timers");
  for (const [row, what] of [[page.getByRole("region", { name: "moods" }), "timer moods"], [page.getByRole("region", { name: "Queues" }).getByRole("row").nth(1), "queue"]]) {
    await row.getByRole("button", { name: "Pause…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("select[name=hours]").selectOption("1");
    await dialog.getByLabel("Why, for the audit").fill("a change of the store");
    assert.match(await dialog.locator(".line code").innerText(), /opsctl pause (timer|queue) [\w-]+ --until \d{4}-/);
    await dialog.getByRole("button", { name: "Pause it" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("region", { name: "held back" }).getByText(new RegExp(`${what}.* paused`)).first().waitFor();
  }
  const banner = page.getByRole("region", { name: "held back" });
  assert.match(await banner.innerText(), /(59 min|1 h) left/); // by whether the page has looked at its clock since
  await accessible();
  for (let left = 2; left > 0; left -= 1) {
    await banner.getByRole("button", { name: "Resume" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why, for the audit").fill("it is done");
    await dialog.getByRole("button", { name: "Resume" }).click();
    await dialog.waitFor({ state: "detached" });
    if (left > 1) await page.waitForFunction((count) => document.querySelectorAll(".holds li").length === count, left - 1);
  }
  await banner.waitFor({ state: "detached" });
  await page.getByRole("region", { name: "moods" }).getByRole("button", { name: "Run now…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run moods now" });
  await dialog.getByText(/how many it will be about is not known|The last one that went well/).waitFor();
  await dialog.getByLabel("Why, for the audit").fill("a look");
  await dialog.getByRole("button", { name: "Run it" }).click();
  await page.getByRole("region", { name: "moods" }).getByRole("row").filter({ hasText: "manual" }).first().waitFor();
};
