import { expect } from "expect";
import type { Page } from "playwright-core";
import { startTickbell, until } from "../../support/tickbell.ts";
import { changes, DEADLINE_MS, DESK, type Desk, openDesk, shoot } from "./desk.ts";
import { type MadeTrade, startReplay } from "./replays.ts";

/** Tabs of the test: of a browser without a shared connection the fourth would hang. */
const TABS = 8;

/** Says to a page that it is in the background, or in front again. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** Eight tabs of one browser are all live: they share the connections. */
export async function manyTabs(desk: Desk): Promise<void> {
  const { page, context } = await openDesk(desk, DESK);
  const tabs = [page];
  while (tabs.length < TABS) tabs.push(await context.newPage());
  await Promise.all(tabs.slice(1).map((tab) => tab.goto(desk.tickbell.url)));
  for (const tab of tabs) await tab.locator(".connection[data-state=live]").waitFor();
  await Promise.all(tabs.map((tab) => changes(tab, ".prices tbody")));
  await context.close();
}

const SPEED = 30;
const SECONDS = 480;
/** How long the replay takes, ms. */
const REPLAY_MS = SECONDS * 1_000 / SPEED;

/** Stops everything in a page as the browser does with one that is long in the background; the answer wakes it. */
async function freeze(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const turn = (state: "frozen" | "active") => session.send("Page.setWebLifecycleState", { state });
  await turn("frozen");
  return async () => {
    await turn("active");
    await session.detach();
  };
}

/** Eight minutes of one symbol, a trade each second and none in the fourth and fifth minute. */
function* minutes(): Iterable<MadeTrade> {
  for (let second = 0; second < SECONDS; second++) {
    if (second >= 180 && second < 300) continue;
    yield {
      symbol: "005930",
      at: second * 1_000,
      price: 71_900 + 100 * (second % 7),
      volume: 1 + second % 5,
    };
  }
}

/**
 * Minutes of the market (played thirty times as fast) pass while the page is in the background: its candles, its tape and
 * its alerts are there when it comes to the front, and what the market itself did not have is a gap. So it is in a page
 * that only is in the background, and in one that the browser has frozen there.
 */
export async function asleepForMinutes(desk: Desk): Promise<void> {
  const replay = await startReplay(minutes(), ["--speed", String(SPEED)]);
  try {
    const asleep = { ...desk, tickbell: replay };
    const opened = await Promise.all([1, 2].map(() => openDesk(asleep, DESK, "#/005930")));
    const pages = opened.map(({ page }) => page);
    for (const page of pages) {
      await page.locator(".chart-legend").getByText("거래량").waitFor();
      await hide(page, true);
    }
    const wake = await freeze(pages[1]!);
    const rules = ["71900", "72000", "72100"].map((value) => ({
      id: `asleep-${value}`,
      symbol: "005930",
      when: `price >= ${value}`,
      recipients: ["kim@example.com"],
    }));
    await replay.api("/v1/rules", { method: "POST", body: JSON.stringify(rules) });
    await until(
      async () => {
        const { source } = await (await replay.api("/v1/status")).json();
        return source.state === "ended";
      },
      "the replay's end",
      REPLAY_MS + DEADLINE_MS,
    );
    await wake();
    for (const page of pages) {
      // What fired stands in the title of a page that nobody sees, once its stream has said it.
      await page.waitForFunction(() => document.title.startsWith("(3)"), undefined, { polling: 100 });
      await hide(page, false);
    }
    for (const page of pages) {
      await page.getByRole("button", { name: "자리를 비운 사이 3건이 울렸습니다" }).waitFor();
    }

    const ofLast = [...minutes()].filter(({ at }) => at >= 420_000);
    const open = ofLast[0]!.price;
    const volume = ofLast.reduce((sum, { volume }) => sum + volume, 0);
    // The last trades are stored a moment after the replay's end.
    const data = await until(
      async () => {
        const day = "from=2026-11-27T00:00:00Z&to=2026-11-28T00:00:00Z";
        const { data } = await (await replay.api(`/v1/market/005930/candles?${day}`)).json();
        return data.at(-1)?.volume === volume && data;
      },
      "the whole last candle",
      DEADLINE_MS,
    );
    expect(data.map(({ start }: { start: number }) => start / 60_000 % 60)).toEqual([0, 1, 2, 5, 6, 7]);
    const won = (units: number) => units.toLocaleString("ko-KR");
    const last = Array.from(
      { length: 30 },
      (_, at) => new Date(Date.UTC(0, 0, 1, 10, 7, 59 - at)).toISOString().slice(11, 19),
    );
    for (const [at, page] of pages.entries()) {
      await page.locator(".chart-legend").getByText(new RegExp(`시가 ${won(open)} .*거래량 ${won(volume)}$`))
        .waitFor();
      const tape = page.locator(".tape tbody tr td:first-child");
      // The newest is drawn with the next frame.
      await tape.first().getByText(last[0]!).waitFor();
      expect(await tape.allTextContents()).toEqual(last);
      expect(await page.locator(".alert").count()).toBe(3);
      await shoot(page, ["asleep", "frozen"][at]!);
    }
    for (const { context } of opened) await context.close();
  } finally {
    await replay.stop();
  }
}

/** A server that is killed is said to be away, and found again when it is back. Ends the desk's program. */
export async function goneAndBack(desk: Desk): Promise<void> {
  const { tickbell, dataDir } = desk;
  const { page, context } = await openDesk(desk, DESK, "#/rules");
  await page.locator("tr[data-symbol]").first().waitFor();
  const made = await tickbell.api("/v1/rules", {
    method: "POST",
    body: JSON.stringify({
      id: "stays",
      symbol: "000660",
      when: "price >= 900000",
      recipients: ["kim@example.com"],
    }),
  });
  expect(made.status).toBe(201);
  await tickbell.kill();
  await page.locator(".connection[data-state=lost]").waitFor();
  await shoot(page, "lost");
  const again = await startTickbell(dataDir, ["--port", new URL(tickbell.url).port, "--rate", "300"]);
  try {
    await page.locator(".connection[data-state=live]").waitFor();
    await changes(page, ".prices tbody");
    await page.locator("[data-rule=stays]").waitFor();
    await context.close();
  } finally {
    await again.stop();
  }
}
