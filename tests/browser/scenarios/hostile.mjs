// Texts of strangers are shown as text, wherever they stand, and nothing of theirs is loaded or run.
export default async ({ page, args, assert, opened, show }) => {
  await opened("#/dead-letters");
  await page.locator("[data-row]").first().waitFor();
  const addresses = await page.locator("[data-row]").evaluateAll((rows) => rows.map((row) => row.getAttribute("href")));
  const seen = new Set();
  const look = async () => {
    const found = await page.evaluate(() => ({
      text: document.body.innerText, run: globalThis.pwned !== undefined,
      made: document.querySelectorAll("main :is(img, script, iframe, object, embed, style, base, form[action], a[href^='javascript'])").length,
    }));
    assert.equal(found.run, false);
    assert.equal(found.made, 0);
    for (const words of args.words) if (found.text.includes(words)) seen.add(words);
  };
  for (const address of [...addresses, "#/jobs", `#/search?q=${encodeURIComponent(args.words[0])}`, `#/jobs?userId=${encodeURIComponent(args.words[0])}`, `#/${encodeURIComponent(args.words[0])}`, "#/__proto__", "#/jobs/%E0%A4%A"]) {
    await show(address);
    await look();
    for (const form of await page.getByRole("button", { name: /^(JSON|text|hex)$/ }).all()) {
      await form.click();
      await look();
    }
  }
  assert.deepEqual([...seen].sort(), [...args.words].sort());
};
