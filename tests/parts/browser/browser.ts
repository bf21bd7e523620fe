import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { chromiumPath } from "../../support/chromium.ts";

/** Headless, and quiet: nothing is looked up outside of this machine. */
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser; a page of its own for each context. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: await chromiumPath() ?? "", args: ARGS });
}

/** A page, and everything that went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /**
   * Console errors, uncaught errors, answers of 400 and above, requests that left `origin`. A symbol that has no quote
   * yet (404) is no trouble.
   */
  readonly troubles: string[];
}

const NO_QUOTE_YET = /\/v1\/market\/\w+\/quote$/;

/** Opens a page that keeps watch over itself; `origin` is the only address it may ask. */
export async function watchedPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions,
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    // Answers that failed are examined below, with their address.
    if (message.text().startsWith("Failed to load resource: the server responded")) return;
    if (message.type() === "error" || message.type() === "warning") {
      troubles.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => troubles.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("response", (response) => {
    if (response.status() === 404 && NO_QUOTE_YET.test(response.url())) return;
    if (response.status() >= 400) troubles.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && url !== "about:srcdoc") troubles.push(`left ${origin}: ${url}`);
  });
  await page.addInitScript(`
    globalThis.policyViolations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      policyViolations.push(event.violatedDirective + " " + event.blockedURI));
  `);
  return { page, context, troubles };
}

/** What the page's Content-Security-Policy refused. */
export async function policyViolations(page: Page): Promise<string[]> {
  return await page.evaluate("globalThis.policyViolations");
}
