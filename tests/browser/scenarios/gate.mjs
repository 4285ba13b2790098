// The page before the key: accessible, and without any data.
export default async ({ page, url, assert, accessible }) => {
  const answer = await page.goto(`${url}/api/ops/console`);
  assert.equal(answer.headers()["content-security-policy"], "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  await page.getByLabel("Function key").waitFor();
  await accessible();
};
