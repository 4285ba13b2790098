// What was measured is drawn under the page's policy, is there as a table, and a range that is dragged leads to its jobs.
export default async ({ page, args, assert, opened }) => {
  await opened("#/charts?window=1h");
  const jobs = page.getByRole("figure").filter({ has: page.getByRole("heading", { name: "Jobs", exact: true }) });
  const over = jobs.locator(".u-over");
  await over.waitFor();
  assert.ok(await jobs.locator("canvas").evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0)), "something is drawn");

  await jobs.getByRole("button", { name: "as a table" }).click();
  const table = jobs.getByRole("table", { name: "Jobs, as a table" });
  await table.waitFor();
  const first = await table.getByRole("row").nth(1).innerText();
  assert.match(first, new RegExp(String(args.ended)), first);
  await jobs.getByRole("button", { name: "as a table" }).click();

  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 1, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => location.hash.includes("since="));
  const range = page.getByRole("region", { name: /^Jobs asked for from/ });
  await range.getByRole("row").nth(1).waitFor();
  const address = new URLSearchParams(new URL(page.url()).hash.split("?")[1]);
  assert.ok(address.get("since") < address.get("until"));
};
