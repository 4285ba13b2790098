// The key that reads alone: what acts says that it may not, and why; a wrong key is refused, the right one acts, and goes with the other.
const everywhere = (page) => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href, document.documentElement.outerHTML]));

export default async ({ page, key, actionKey, args, assert, opened, show, accessible }) => {
  await opened("#/");
  await show(`#/dead-letters?userId=${args.user}`);
  const replay = page.getByRole("button", { name: "Replay these…" });
  assert.match(await replay.getAttribute("aria-description"), /Not allowed with the key that reads/);
  await accessible();

  await replay.click();
  const gate = page.getByRole("dialog", { name: "This changes something" });
  await gate.getByLabel("Key for actions").fill("not-the-key");
  await page.keyboard.press("Enter");
  await gate.getByText("does not accept this key").waitFor();
  assert.equal(await gate.getByLabel("Key for actions").inputValue(), "");
  await page.keyboard.press("Escape");
  await gate.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("dialog").count(), 0, "nothing is asked of who gave no key");

  await replay.click();
  await gate.getByLabel("Key for actions").fill(actionKey);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Replay dead letters" });
  await dialog.getByRole("button", { name: "Replay them (1)" }).waitFor();
  await page.getByRole("button", { name: "read only…" }).waitFor({ state: "detached" });
  assert.equal(await replay.getAttribute("aria-description"), null);
  for (const one of [key, actionKey]) assert.ok(!(await everywhere(page)).includes(one));
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/replays"));
  await dialog.getByRole("button", { name: "look again" }).click();
  assert.equal((await sent).headers()["x-ops-action-key"], actionKey);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Lock" }).click();
  await page.getByLabel("Function key").fill(key);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "read only…" }).waitFor();
};
