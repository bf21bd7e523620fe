import { expect } from "expect";
import { policyViolations, watchedPage } from "../../support/browser.ts";
import { startTickbell } from "../../support/tickbell.ts";
import { accessFaults, changes, DESK, type Desk, fits, openDesk, PHONE, shoot } from "./desk.ts";

const VIEWS = ["prices", "detail", "rules", "alerts", "mails", "system"] as const;

/** Without a key the page asks for it; it refuses a wrong one and takes the right one. */
export async function asksForTheKey({ tickbell, browser }: Desk): Promise<void> {
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, DESK);
  await page.goto(tickbell.url);
  await page.getByLabel("API 키", { exact: true }).fill("wrong");
  expect(await accessFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "열기" }).click();
  await page.getByText("키가 맞지 않습니다").waitFor();
  expect(troubles.splice(0).filter((trouble) => !trouble.includes("401"))).toEqual([]);
  await page.getByLabel("API 키", { exact: true }).fill(tickbell.apiKey);
  await page.keyboard.press("Enter");
  await page.locator("tr[data-symbol]").first().waitFor();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  await page.locator(".nav-button[data-view=system]").click();
  await page.getByRole("button", { name: "이 브라우저에서 키 지우기" }).click();
  await page.getByLabel("API 키", { exact: true }).waitFor();
  expect(await context.cookies()).toEqual([]);
  expect(troubles).toEqual([]);
  await context.close();
}

/** In English and in the light, used by the keyboard alone; axe finds nothing in any view, in either language. */
export async function byKeyboard(desk: Desk): Promise<void> {
  // Without motion no price is caught in the middle of its flash.
  const options = { ...DESK, locale: "en-US", colorScheme: "light", reducedMotion: "reduce" } as const;
  const { page, context, troubles } = await openDesk(desk, options);
  await page.getByRole("heading", { name: "Live prices" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  await page.locator("tr[data-symbol]").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("hynix");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "SK hynix", exact: true }).waitFor();
  expect(page.url()).toContain("#/000660");
  await page.locator(".book tr.ask .level button").first().waitFor();
  await page.locator(".chart canvas").first().waitFor();
  await shoot(page, "english");

  // Colours: red is up, blue is down.
  const colourOf = (way: string) =>
    page.evaluate((name) => {
      const probe = document.createElement("i");
      probe.style.color = `var(--${name})`;
      document.body.append(probe);
      const colour = getComputedStyle(probe).color;
      probe.remove();
      return colour;
    }, way);
  expect([await colourOf("up"), await colourOf("down")]).toEqual(["rgb(214, 0, 0)", "rgb(10, 88, 202)"]);
  for (const view of VIEWS.slice(2)) {
    await page.locator(`.nav-button[data-view=${view}]`).press("Enter");
    expect({ view, faults: await accessFaults(page) }).toEqual({ view, faults: [] });
  }

  // Each step is in the address, and Back takes it back.
  expect(page.url()).toContain("#/system");
  await page.goBack();
  await page.locator(".mails-panel").waitFor();
  expect(page.url()).toContain("#/mails");

  // The form opens, keeps the focus inside, closes by Escape, and gives the focus back.
  await page.locator(".detail-head").getByRole("button", { name: "Add rule" }).press("Enter");
  await page.getByRole("dialog").waitFor();
  expect(await accessFaults(page)).toEqual([]);
  for (let press = 0; press < 20; press++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Add rule");

  // The language and the theme are turned without losing the place.
  await page.getByRole("button", { name: "한국어" }).click();
  await page.getByRole("heading", { name: "SK하이닉스", exact: true }).waitFor();
  await page.getByRole("button", { name: "밝게·어둡게 바꾸기" }).click();
  expect(await accessFaults(page)).toEqual([]);
  expect(troubles).toEqual([]);
  expect(await policyViolations(page)).toEqual([]);
  await context.close();
}

/** On a phone, 360 and 320 px: one view at a time, none too wide, whatever a recipient's length. */
export async function onAPhone(desk: Desk): Promise<void> {
  const recipient = `${"a".repeat(60)}@${"long.".repeat(30)}example.com`;
  await desk.tickbell.api("/v1/rules", {
    method: "POST",
    body: JSON.stringify({
      id: "long",
      symbol: "005930",
      when: "price >= 1",
      recipients: [recipient],
      note: "x".repeat(200),
    }),
  });
  const { page, context, troubles } = await openDesk(desk, PHONE);
  await page.locator("tr[data-symbol]").first().click();
  await page.locator(".detail-panel .chart canvas").first().waitFor();
  await shoot(page, "phone");
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    for (const view of VIEWS) {
      await page.locator(`.nav-button[data-view=${view}]`).click();
      expect(await page.locator(".panel:visible").count()).toBe(1);
      expect(await page.locator(`.${view}-panel`).isVisible()).toBe(true);
      await fits(page, `${view} at ${width}`);
    }
  }
  await page.locator(".nav-button[data-view=rules]").click();
  await page.locator("[data-rule=long]").getByRole("button", { name: "수정" }).click();
  await page.getByRole("dialog").waitFor();
  await fits(page, "form");
  await shoot(page, "phone-form");
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=manifest]")?.href ?? "";
    return await (await fetch(link)).json();
  });
  expect(manifest).toMatchObject({ display: "standalone", start_url: "/" });
  expect(troubles).toEqual([]);
  await desk.tickbell.api("/v1/rules/long", { method: "DELETE" });
  await context.close();
}

/** Five tabs of one browser are all live: they share the connections. */
export async function manyTabs(desk: Desk): Promise<void> {
  const { page, context } = await openDesk(desk, DESK);
  const tabs = [page];
  for (let at = 1; at < 5; at++) {
    const tab = await context.newPage();
    await tab.goto(desk.tickbell.url);
    tabs.push(tab);
  }
  for (const tab of tabs) await tab.locator(".connection[data-state=live]").waitFor();
  // A page that comes back is told what fired while it was away.
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await desk.tickbell.api("/v1/rules", {
    method: "POST",
    body: JSON.stringify({
      id: "away",
      symbol: "005930",
      when: "price >= 1",
      recipients: ["kim@example.com"],
    }),
  });
  await page.waitForFunction(() => document.title.startsWith("(1)"));
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => false });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.getByRole("button", { name: "자리를 비운 사이 1건이 울렸습니다" }).waitFor();
  await desk.tickbell.api("/v1/rules/away", { method: "DELETE" });
  await context.close();
}

/** A replay that is at its end says so; a symbol without a trade has no price. */
export async function endedReplay({ browser, dataDir }: Desk): Promise<void> {
  const folder = `${dataDir}-replay`;
  await Deno.mkdir(folder, { recursive: true });
  const trade = {
    symbol: "005930",
    eventTime: Date.parse("2026-11-27T15:29:59+09:00"),
    price: 71_900,
    sign: "2",
    change: 500,
    rate: 0.7,
    open: 71_500,
    high: 72_000,
    low: 71_300,
    volume: 10,
    accVolume: 1_000,
    accValue: 71_800_000,
    ask: 72_000,
    bid: 71_900,
    halted: "N",
  };
  await Deno.writeTextFile(`${folder}/day.ndjson`, `${JSON.stringify(trade)}\n`);
  const replay = await startTickbell(folder, [
    "--source",
    "replay",
    "--file",
    `${folder}/day.ndjson`,
    "--speed",
    "max",
  ]);
  try {
    const { page, context } = await openDesk({ browser, tickbell: replay, dataDir: folder }, DESK);
    await page.locator(".connection[data-state=ended]").getByText("리플레이 · 끝남 (11-27 15:29:59까지)")
      .waitFor();
    await page.locator("tr[data-symbol='000660']").waitFor();
    expect(await page.locator("tr[data-symbol='000660'] .price").textContent()).toBe("–");
    await context.close();
  } finally {
    await replay.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A server that is killed is said to be away, and found again when it is back. Ends the desk's program. */
export async function goneAndBack(desk: Desk): Promise<void> {
  const { tickbell, dataDir } = desk;
  const { page, context } = await openDesk(desk, DESK);
  await page.locator("tr[data-symbol]").first().waitFor();
  await tickbell.kill();
  await page.locator(".connection[data-state=lost]").waitFor();
  await shoot(page, "lost");
  const again = await startTickbell(dataDir, ["--port", new URL(tickbell.url).port, "--rate", "300"]);
  try {
    await page.locator(".connection[data-state=live]").waitFor();
    await changes(page, ".prices tbody");
    await context.close();
  } finally {
    await again.stop();
  }
}
