import axe from "axe-core";
import { expect } from "expect";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type WatchedPage, watchedPage } from "./browser.ts";
import type { Tickbell } from "../../support/tickbell.ts";

export const DESK = {
  viewport: { width: 1600, height: 950 },
  locale: "ko-KR",
  colorScheme: "dark",
} as const satisfies BrowserContextOptions;
export const PHONE = {
  viewport: { width: 360, height: 740 },
  locale: "ko-KR",
  isMobile: true,
  hasTouch: true,
} as const satisfies BrowserContextOptions;

/** Longest wait for anything in the page. */
export const DEADLINE_MS = 30_000;

/** What a scenario is given. */
export interface Desk {
  readonly tickbell: Tickbell;
  readonly browser: Browser;
  readonly dataDir: string;
}

/** Keeps a picture, where the variable names a folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("TICKBELL_TEST_SCREENSHOTS");
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** A page with a session of its own, at the console; `hash` is what stands behind the address. */
export async function openDesk(
  { browser, tickbell }: Desk,
  options: BrowserContextOptions,
  hash = "",
): Promise<WatchedPage> {
  const watched = await watchedPage(browser, tickbell.url, options);
  watched.page.setDefaultTimeout(DEADLINE_MS);
  await watched.context.request.post(`${tickbell.url}/v1/session`, { data: { key: tickbell.apiKey } });
  await watched.page.goto(`${tickbell.url}/${hash}`);
  return watched;
}

/** Resolves when the shown text is another one. */
export async function changes(page: Page, selector: string): Promise<void> {
  const before = await page.locator(selector).first().textContent();
  await page.waitForFunction(
    ([chosen, text]) => document.querySelector(chosen as string)?.textContent !== text,
    [selector, before],
  );
}

/** What axe-core finds in the page as it stands, or in a part of it, by some rules or by all; one line a fault. */
export async function accessFaults(
  page: Page,
  within = "",
  rules: readonly string[] = [],
): Promise<string[]> {
  if (!await page.evaluate("'axe' in globalThis")) await page.evaluate(axe.source);
  const found = await page.evaluate(async ({ selector, rules }) => {
    const { axe } = globalThis as unknown as { axe: { run(of: unknown, how: unknown): Promise<AxeResults> } };
    const of = selector === "" ? document : document.querySelector(selector);
    const only = rules.length === 0 ? {} : { runOnly: rules };
    const { violations } = await axe.run(of, { resultTypes: ["violations"], iframes: false, ...only });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`)
    );
  }, { selector: within, rules });
  return found;
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Nothing is too wide for the page, and no price is cut. */
export async function fits(page: Page, where: string): Promise<void> {
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll(".prices td, .book .level, .big-price")]
      .filter((cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
      .map((cell) => cell.textContent)
  );
  expect({ where, tooWide, cut }).toEqual({ where, tooWide: 0, cut: [] });
}
