// The bar names what is wrong with the first look.
export default async ({ page, args, assert, opened }) => {
  await opened("#/");
  const words = page.locator(".bar-words");
  await page.getByRole("region", { name: "Dependencies" }).getByRole("listitem").first().waitFor();
  assert.match(await words.innerText(), new RegExp(args.words, "s"));
};
