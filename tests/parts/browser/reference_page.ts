/**
 * /docs in a browser: every route is there, nothing outside is asked, and a form gets an answer. Ends with an error when
 * something is amiss; run by ../control_docs_test.ts, which says where a control role is, its key and how many routes it
 * has. With a folder as a fourth argument it leaves pictures there.
 *
 * @module
 */
import { expect } from "expect";
import { launchBrowser, policyViolations, watchedPage } from "./browser.ts";

const [origin = "", key = "", routes, pictures] = Deno.args;

const browser = await launchBrowser();
try {
  const { page, context, troubles } = await watchedPage(browser, origin, {
    viewport: { width: 1100, height: 900 },
  });
  await page.goto(`${origin}/docs`);
  await page.locator("#createRules").waitFor();
  expect(await page.locator("details[data-words]").count()).toBe(Number(routes));
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/docs.png` });

  await page.locator("#find").fill("make a rule");
  expect(await page.locator("details[data-words]:visible").count()).toBe(1);
  await page.locator("#key").fill(key);
  await page.locator("#createRules > summary").click();
  const form = page.locator("#createRules form");
  // The example of the document itself is a rule that is taken.
  await form.getByRole("button", { name: "Send" }).click();
  await form.locator("output .status").waitFor();
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/docs-form.png`, fullPage: true });
  expect(await form.locator("output .status").textContent()).toBe("201");
  expect(JSON.parse(await form.locator("output pre").textContent() ?? "")).toMatchObject({ version: 1 });

  await page.goto(`${origin}/docs#listRules`);
  await page.reload();
  const list = page.locator("#listRules form");
  await list.locator("[name=kind]").selectOption("target_price");
  await page.locator("#key").fill(key);
  await list.getByRole("button", { name: "Send" }).click();
  await list.locator("output .status.good").waitFor();
  expect(troubles).toEqual([]);
  expect(await policyViolations(page)).toEqual([]);
  await context.close();
} finally {
  await browser.close();
}
