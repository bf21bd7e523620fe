import { expect } from "expect";
import { DEADLINE_MS, DESK, type Desk, openDesk, shoot } from "./desk.ts";
import { type MadeTrade, startReplay } from "./replays.ts";

const SYMBOLS = 3_000;
const TRADES_A_SECOND = 5_000;
const SECONDS = 12;
/** Until the page is open and has its rules there is one trade, ms. */
const LEAD_MS = 9_000;
/** The symbol that is examined has one trade in fifty. */
const BUSY = "005930";
const BUSY_EVERY = 50;
const ALERTS = 300;
/** Longest task of the page's main thread, ms of its own work. */
const LONGEST_TASK_MS = 50;

/** What the page says once, by which its thread is found in the trace of the whole browser. */
const MARK = "the page at full speed";

/** Trades of the busy symbol and 2,999 others, within one minute. */
function* market(): Iterable<MadeTrade> {
  yield { symbol: BUSY, at: 0, price: 71_900, volume: 1 };
  for (let at = 0; at < TRADES_A_SECOND * SECONDS; at++) {
    const busy = at % BUSY_EVERY === 0;
    const symbol = busy ? BUSY : String(100_000 + 10 * (at * 7_919 % (SYMBOLS - 1)));
    yield {
      symbol,
      at: LEAD_MS + Math.floor(at * 1_000 / TRADES_A_SECOND),
      price: 71_900 + 100 * (at * 31 % 21 - 10),
      volume: 1 + at % 9,
    };
  }
}

/**
 * 3,000 symbols with 5,000 trades a second, and 300 alerts at once: the page stays quick, and in the end the candle and
 * the tape are exactly those of all trades. What is measured is the page's own work: the machine may be a busy one.
 */
export async function atFullSpeed(desk: Desk): Promise<string> {
  const replay = await startReplay(market(), ["--speed", "1"]);
  try {
    const { page, context, troubles } = await openDesk({ ...desk, tickbell: replay }, DESK, `#/${BUSY}`);
    await page.locator(".chart-legend").getByText("거래량").waitFor();
    await page.evaluate(() => {
      const frames: number[] = [];
      let last = performance.now();
      const next = (now: number) => {
        frames.push(now - last);
        last = now;
        requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
      Object.assign(globalThis, { frames });
    });
    await desk.browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
    await page.evaluate((mark) => console.timeStamp(mark), MARK);
    const rules = Array.from({ length: ALERTS }, (_, at) => ({
      id: `burst-${at}`,
      symbol: BUSY,
      when: `price >= ${60_000 + at}`,
      recipients: ["kim@example.com"],
    }));
    const made = await replay.api("/v1/rules", { method: "POST", body: JSON.stringify(rules) });
    expect(made.status).toBe(201);
    await page.locator(".alerts-panel .count").getByText("200").waitFor();
    // So many to one address are gathered into a digest: that is known of the first within seconds.
    await page.locator(".alert .outcome").getByText("묶").first().waitFor({ timeout: 3 * DEADLINE_MS });
    await page.locator(".connection[data-state=ended]").waitFor({ timeout: 3 * DEADLINE_MS });
    const tasks = pageTasks(await desk.browser.stopTracing());
    expect(tasks.longestMs).toBeLessThan(LONGEST_TASK_MS);
    await shoot(page, "full-speed");

    const ofBusy = [...market()].filter(({ symbol }) => symbol === BUSY);
    const won = (units: number) => units.toLocaleString("ko-KR");
    const prices = ofBusy.map(({ price }) => price);
    const legend = await page.locator(".chart-legend").textContent();
    expect(legend?.replace(/\s+/g, " ")).toBe(
      `시가 ${won(prices[0]!)} 고가 ${won(Math.max(...prices))} 저가 ${won(Math.min(...prices))} 종가 ${
        won(prices.at(-1)!)
      } ` +
        `${signed((prices.at(-1)! - prices[0]!) / prices[0]! * 100)} ` +
        `거래량 ${won(ofBusy.reduce((sum, { volume }) => sum + volume, 0))}`,
    );
    const tape = await page.locator(".tape tbody .size").allTextContents();
    expect(tape).toEqual(ofBusy.slice(-30).reverse().map(({ volume }) => won(volume)));

    const frames = await page.evaluate<number[]>("frames.sort((a, b) => a - b)");
    const heap = await heapMb(page);
    expect(heap).toBeLessThan(60);
    expect(troubles).toEqual([]);
    await context.close();
    const at = (part: number) => frames[Math.floor(frames.length * part)]?.toFixed(0);
    return `frames of ${at(0.5)} ms (95 %: ${at(0.95)} ms), longest task ${tasks.longestMs.toFixed(0)} ms ` +
      `(${tasks.longestWallMs.toFixed(0)} ms on the clock), heap ${heap.toFixed(0)} MB`;
  } finally {
    await replay.stop();
  }
}

function signed(rate: number): string {
  return `${rate > 0 ? "+" : rate < 0 ? "-" : ""}${Math.abs(rate).toFixed(2)}%`;
}

async function heapMb(page: import("playwright-core").Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1e6;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly data?: { readonly message?: string } };
}

/** The longest task of the page's main thread: by its own work, and by the clock. Other pages are let be. */
function pageTasks(trace: Uint8Array): { readonly longestMs: number; readonly longestWallMs: number } {
  const events: readonly TraceEvent[] = JSON.parse(new TextDecoder().decode(trace)).traceEvents;
  const main = events.find(({ name, args }) => name === "TimeStamp" && args.data?.message === MARK);
  const tasks = events.filter(({ name, pid, tid }) =>
    name.endsWith("RunTask") && pid === main?.pid && tid === main.tid
  );
  expect(tasks.length).toBeGreaterThan(100);
  return {
    longestMs: Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000,
    longestWallMs: Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1_000,
  };
}
