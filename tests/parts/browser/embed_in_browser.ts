/**
 * Opens the example of a page in a real browser, has it watch a rule that any trade fulfils, and prints what it shows.
 *
 *     deno run -A embed_in_browser.ts URL
 *
 * @module
 */
import { launchBrowser } from "./browser.ts";

const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  await page.goto(Deno.args[0] as string);
  await page.fill("input[name=when]", "prise >= 1");
  await page.click("button");
  await page.waitForSelector("#said.error", { timeout: 15_000 });
  const refused = await page.textContent("#said");
  await page.fill("input[name=when]", "price >= 1");
  await page.click("button");
  await page.waitForSelector("#alerts li", { timeout: 30_000 });
  console.log(
    JSON.stringify({
      refused,
      said: await page.textContent("#said"),
      alert: await page.textContent("#alerts li"),
    }),
  );
} finally {
  await browser.close();
}
