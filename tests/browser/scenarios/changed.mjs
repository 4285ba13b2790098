// The set has changed between the look and the call: it is refused, with the difference, and nothing is done.
export default async ({ page, url, key, actionKey, args, opened, show, assert }) => {
  await opened("#/");
  await show(`#/dead-letters?userId=${args.user}`);
  await page.getByRole("button", { name: "Replay these…" }).click();
  const dialog = page.getByRole("dialog", { name: "Replay dead letters" });
  await dialog.getByRole("button", { name: `Replay them (${args.count})` }).waitFor();
  await page.evaluate(async ([url, key, actionKey, id]) => {
    const headers = { "x-functions-key": key, "x-ops-action-key": actionKey, "content-type": "application/json" };
    const body = JSON.stringify({ action: "purge", ids: [id], reason: "looked at", actor: "carla", dryRun: true });
    const { snapshot } = await (await fetch(`${url}/api/ops/replays`, { method: "POST", headers, body, referrerPolicy: "no-referrer" })).json();
    const again = JSON.stringify({ action: "purge", ids: [id], reason: "not needed", actor: "carla", snapshot });
    const operation = await (await fetch(`${url}/api/ops/replays`, { method: "POST", headers, body: again, referrerPolicy: "no-referrer" })).json();
    for (;;) {
      const now = await (await fetch(`${url}/api/ops/replays/${operation.id}`, { headers, referrerPolicy: "no-referrer" })).json();
      if (now.status === "completed") return;
      if (!now.status || now.status >= 400) throw new Error(JSON.stringify(now));
    }
  }, [url, key, actionKey, args.gone]);
  await dialog.getByLabel("Why, for the audit").fill("all of them");
  const force = dialog.getByLabel("although something");
  if (await force.count()) await force.check();
  await dialog.getByRole("button", { name: /^Replay them/ }).click();
  const difference = dialog.locator("[data-difference]");
  await difference.waitFor();
  assert.match(await difference.innerText(), new RegExp(args.gone.slice(0, 12)));
  await dialog.getByRole("button", { name: "look again" }).click();
  await dialog.getByRole("button", { name: `Replay them (${args.count - 1})` }).waitFor();
};
