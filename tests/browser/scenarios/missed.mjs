// A slot that nobody ran: named in the overview, red in the strip of thirty days, and told in words.
export default async ({ page, args, assert, opened, show }) => {
  await opened("#/");
  await page.getByRole("region", { name: "Timers" }).getByRole("row").filter({ hasText: "digest" }).getByText("1 missed").waitFor();
  assert.match(await page.locator(".bar-words").innerText(), /digest: the slot of \d+ \w+ 09:00Z is missed/);
  await show("#/timers");
  const digest = page.getByRole("region", { name: "digest", exact: true });
  await digest.getByText(/^missed: \d+ \w+ 09:00Z$/).waitFor();
  const strip = digest.getByRole("img", { name: /^slots of digest in 30 days: \d+ \w+, 1 missed$/ });
  assert.match(await strip.locator(".strip-page").getAttribute("title"), new RegExp(`^missed, planned ${args.day}`));
};
