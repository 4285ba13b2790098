// Thousands of records scroll to their end, and the document stays small.
export default async ({ page, args, assert, opened }) => {
  await opened(`#/dead-letters?status=${args.status}`);
  await page.locator("[data-row]").first().waitFor();
  const rows = () => page.locator("main tr.row").count();
  const ended = page.getByText(`${args.count.toLocaleString("en-GB")} dead letters, that is all`);
  let most = 0;
  for (let turn = 0; turn < 2_000 && !(await ended.isVisible()); turn += 1) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.evaluate(() => new Promise((seen) => { requestAnimationFrame(() => requestAnimationFrame(seen)); }));
    most = Math.max(most, await rows());
  }
  assert.ok(await ended.isVisible(), await page.locator(".table-after").innerText());
  assert.ok(most <= 260, `${most} rows were in the document`);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.locator(`main tr.row[aria-rowindex="${args.count}"]`).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('main tr.row[aria-rowindex="1"]').waitFor();
};
