// One user: what was learnt and from which like.
export default async ({ page, args, opened, show }) => {
  await opened("#/");
  await show(`#/users/${args.user}`);
  const taste = page.getByRole("region", { name: "What they like" });
  await taste.getByRole("row").filter({ hasText: args.term }).getByRole("button", { name: "likes" }).click();
  await taste.getByRole("link", { name: "its job" }).first().click();
  await page.getByRole("heading", { name: `Job of ${args.user}` }).waitFor();
};
