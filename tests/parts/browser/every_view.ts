import { expect } from "expect";
import type { Page } from "playwright-core";
import { startTickbell } from "../../support/tickbell.ts";
import { accessFaults, DESK, type Desk, fits, openDesk, shoot } from "./desk.ts";

/** The widths, and what one goes to there: on a wide desk prices and a symbol stay in sight, on a small one the prices. */
const VIEWS: Readonly<Record<number, readonly string[]>> = {
  1_440: ["rules", "alerts", "mails", "system"],
  768: ["detail", "rules", "alerts", "mails", "system"],
  360: ["prices", "detail", "rules", "alerts", "mails", "system"],
  320: ["prices", "detail", "rules", "alerts", "mails", "system"],
};
/** At this width every view is examined in the other theme as well. */
const IN_BOTH_THEMES = 360;
/** At this width only the layout is examined: it is that of the one before. */
const NARROWEST = 320;

/**
 * A page each, with the theme that it begins in. Each is examined whole in this one, and in the other one by what a theme
 * changes: its colours, where every view is passed anyway.
 */
const LOOKS = [
  { locale: "ko-KR", colorScheme: "dark" },
  { locale: "en-US", colorScheme: "light" },
] as const;

/** A recipient of the most characters that an address may have, as a rule's and an alert's. */
const LONG = `${"a".repeat(60)}@${"long.".repeat(30)}example.com`;

/**
 * Every view, the form and the key's page in both languages and both themes: axe finds nothing, nothing is too wide. On a
 * program of its own: nobody else changes what is examined.
 */
export async function everyView({ browser }: Desk): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-views-" });
  const tickbell = await startTickbell(dataDir, ["--rate", "100", "--seed", "5"]);
  try {
    const made = await tickbell.api("/v1/rules", {
      method: "POST",
      body: JSON.stringify({
        id: "long",
        symbol: "005930",
        when: "price >= 1",
        recipients: [LONG],
        note: "x".repeat(200),
        labels: { team: "y".repeat(100) },
      }),
    });
    expect(made.status).toBe(201);
    await Promise.all(LOOKS.map((look) => oneLook({ browser, tickbell, dataDir }, look)));
  } finally {
    await tickbell.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function oneLook(desk: Desk, look: typeof LOOKS[number]): Promise<void> {
  // Without motion nothing is caught in the middle of it.
  const options = { ...DESK, ...look, reducedMotion: "reduce" } as const;
  const { page, context, troubles } = await openDesk(desk, options, "#/005930");
  await page.locator(".chart canvas").first().waitFor();
  await page.locator(".book tr.ask .level button").first().waitFor();
  // The widest first.
  for (
    const [width, views] of Object.entries(VIEWS).map(([key, of]) => [Number(key), of] as const).reverse()
  ) {
    await page.setViewportSize({ width, height: 800 });
    for (const view of views) {
      const where = `${view} ${width} ${look.locale} ${look.colorScheme}`;
      await page.locator(`.nav-button[data-view=${view}]`).click();
      await page.locator(`.${view}-panel`).waitFor();
      await openParts(page, view);
      expect({ where, panels: await page.locator(".panel:visible").count() })
        .toEqual({ where, panels: width > 1_180 ? 3 : width > 760 ? 2 : 1 });
      if (view === "detail") await isHalfAChart(page, where);
      await examine(page, {
        where,
        width,
        within: view === views[0] ? "" : `.${view}-panel`,
      });
    }
    const add = page.locator(".detail-panel .button.primary, .rules-panel .panel-head .button.primary")
      .filter({ visible: true });
    if (await add.count() === 0) await page.locator(".nav-button[data-view=rules]").click();
    await add.first().click();
    await page.getByRole("dialog").waitFor();
    await page.locator(".rule-form details.more summary").click();
    const where = `form ${width} ${look.locale} ${look.colorScheme}`;
    await examine(page, { where, width, within: ".rule-form" });
    await page.keyboard.press("Escape");
  }
  expect(troubles).toEqual([]);
  await context.clearCookies();
  await page.reload();
  await page.locator(".key-page, form").first().waitFor();
  await examine(page, {
    where: `key ${look.locale} ${look.colorScheme}`,
    width: IN_BOTH_THEMES,
    within: "",
  });
  await context.close();
}

/** Of a page's height the chart has at least half, wherever it is shown. */
async function isHalfAChart(page: Page, where: string): Promise<void> {
  const part = await page.evaluate(() =>
    (document.querySelector(".chart-area")?.clientHeight ?? 0) / innerHeight
  );
  expect({ where, half: part >= 0.5 }).toEqual({ where, half: true });
}

/** Opens what a view has folded, so that it is examined as well. */
async function openParts(page: Page, view: string): Promise<void> {
  await page.evaluate((panel) => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>(`${panel} details`)) {
      details.open = true;
    }
  }, `.${view}-panel`);
  if (view === "rules" && await page.locator(".insight:visible").count() === 0) {
    await page.locator("[data-rule=long] .card-actions button").first().click();
    await page.locator("[data-rule=long] .insight ul").waitFor();
  }
}

async function examine(
  page: Page,
  { where, width, within }: { readonly where: string; readonly width: number; readonly within: string },
): Promise<void> {
  await fits(page, where);
  await shoot(page, where.replaceAll(" ", "-"));
  if (width === NARROWEST) return;
  expect({ where, faults: await accessFaults(page, within) }).toEqual({ where, faults: [] });
  const other = await turnTheme(page);
  const there = `${where} in the ${other}`;
  await shoot(page, there.replaceAll(" ", "-"));
  if (width === IN_BOTH_THEMES) {
    const faults = await accessFaults(page, within, ["color-contrast"]);
    expect({ there, faults }).toEqual({ there, faults: [] });
  }
  await turnTheme(page);
}

/** Turns the page's theme as its button does, also below a dialog; which one it is then. */
async function turnTheme(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const { dataset } = document.documentElement;
    return dataset.theme = dataset.theme === "dark" ? "light" : "dark";
  });
}
