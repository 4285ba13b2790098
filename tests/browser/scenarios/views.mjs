// Every view, in this size and shade: no rule of accessibility is broken, and nothing is wider than the page.
export default async ({ page, args, assert, opened, show, accessible }) => {
  await opened(args.views[0]);
  for (const view of args.views) {
    await show(view);
    const head = await page.evaluate(() => document.querySelector("main .view")?.firstElementChild.matches(".view-head"));
    assert.notEqual(head, false, `something stands above the head of ${view}`);
    await accessible();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} is wider than the page`);
  }
};
