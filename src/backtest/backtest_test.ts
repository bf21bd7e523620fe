import { expect } from "expect";
import { systemClock } from "../core/clock.ts";
import { SqliteSeriesStore } from "../adapters/sqlite/series_store.ts";
import { againstClose } from "../market/day_range.ts";
import { referenceOfListed } from "../market/directory.ts";
import { startOfSeoulDay } from "../market/seoul_time.ts";
import type { Trade } from "../market/trade.ts";
import { referenceOf } from "../../tests/support/references.ts";
import { InputIssues } from "../rules/input_issues.ts";
import { parseWhen } from "../rules/when.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { parseDay } from "./job.ts";
import { csvOf } from "./report_csv.ts";
import { htmlOf } from "./report_html.ts";
import type { BacktestReport } from "./report.ts";
import { textOf } from "./report_text.ts";
import { runStored } from "./run_stored.ts";
import { parseSweep } from "./sweep.ts";

const MONDAY = parseDay("2026-11-23", "from");
const HOUR = 3_600_000;

/** A trade of a day at so many ms after nine, at a price. */
function tradeAt(day: number, afterNine: number, price: number, symbol = "005930"): Trade {
  return {
    symbol,
    eventTime: startOfSeoulDay(day) + 9 * HOUR + afterNine,
    price,
    ...againstClose(price, 1_000),
    open: 1_000,
    high: Math.max(1_000, price),
    low: Math.min(1_000, price),
    volume: 1,
    accVolume: afterNine + 1,
    accValue: 1_000,
    ask: 0,
    bid: 0,
    halted: "N",
  };
}

const MINUTE = 60_000;
/** Monday: reaches 1,100 at 9:10, on to 1,200 and back; Tuesday is quiet; on Thursday again. */
const TRADES = [
  ...[[0, 1_000], [10, 1_100], [14, 1_150], [20, 1_200], [40, 1_050], [380, 1_120]].map(([at, price]) =>
    tradeAt(MONDAY, at! * MINUTE, price!)
  ),
  tradeAt(MONDAY, 9 * HOUR, 1_300),
  tradeAt(MONDAY + 1, 0, 1_090),
  tradeAt(MONDAY + 3, 0, 1_100),
  tradeAt(MONDAY + 3, 1, 990, "000660"),
];

async function run(
  over: Partial<Parameters<typeof runStored>[0]> = {},
  trades: readonly Trade[] = TRADES,
): Promise<BacktestReport> {
  const series = new SqliteSeriesStore({
    path: ":memory:",
    clock: { ...systemClock, now: () => startOfSeoulDay(MONDAY + 5) },
    retention: { tickDays: 30, candleDays: 30, maxBytes: 2 ** 28 },
  });
  await series.write({ trades, quotes: [] });
  const run = runStored({
    rules: [ruleOf({ id: "a", symbol: "005930", value: "1100", repeat: "1h" })],
    sweep: null,
    from: MONDAY,
    to: MONDAY + 4,
    symbols: null,
    references: [],
    windowMs: HOUR,
    graceMs: HOUR,
    ...over,
  }, { series, module: await engineModule() });
  try {
    for (let step = await run.next();; step = await run.next()) if (step.done) return step.value;
  } finally {
    await series.close();
  }
}

Deno.test("a report says when a rule fired and what followed, which days were quiet, and how often it repeated", async () => {
  const report = await run();
  expect(report.days.map(({ date, fires }) => [date, fires])).toEqual([
    ["2026-11-23", 3],
    ["2026-11-24", 0],
    ["2026-11-26", 1],
  ]);
  const [rule] = report.rules;
  expect([rule?.fires, rule?.repeats, rule?.quietDays]).toEqual([4, 2, ["2026-11-24"]]);
  const [first, second, third, last] = report.fires;
  expect(first).toMatchObject({
    symbol: "005930",
    at: "2026-11-23T00:10:00.000Z",
    price: 1_100,
    after5m: { price: 1_150, percent: 4.55 },
    after30m: { price: 1_050, percent: -4.55 },
    close: { price: 1_120, percent: 1.82 },
    nextClose: { price: 1_090, percent: -0.91 },
    highest: { price: 1_200, at: "2026-11-23T00:20:00.000Z" },
    lowest: { price: 1_050, at: "2026-11-23T00:40:00.000Z" },
  });
  expect(second?.after30m).toEqual({ price: 1_120, percent: 0 });
  expect([third?.close, third?.highest?.price]).toEqual([null, 1_300]);
  expect(last).toMatchObject({ after5m: null, nextClose: null });
  expect(rule?.followed.nextClose).toMatchObject({ fires: 3, rose: 0 });
});

Deno.test("measures of days are told of the stored daily candles where the references do not have them", async () => {
  const conditions = parseWhen("sma(3,1d) >= 4", "when", new InputIssues())!;
  const rules = [
    ruleOf({ id: "a", kind: "condition", comparator: null, value: null, conditions, repeat: "day" }),
  ];
  const days = [1_000, 1_040, 1_100, 1_200].map((price, day) => tradeAt(MONDAY + day, 0, price));
  const report = await run({ rules, references: [referenceOf("005930", { date: "20261127" })] }, days);
  // 5.1 % and 7.8 % above the mean of three closes; before Wednesday there are not three.
  expect(report.fires.map(({ date }) => date)).toEqual(["2026-11-25", "2026-11-26"]);
});

Deno.test("a sweep counts how often each threshold fires, and lists nothing of it", async () => {
  const report = await run({ sweep: parseSweep("value=1100..1300/100") });
  expect(report.sweep?.steps.map(({ value, fires, days }) => [value, fires, days])).toEqual([
    ["1100", 4, 2],
    ["1200", 2, 1],
    ["1300", 1, 1],
  ]);
  expect(report.fires.every(({ ruleId }) => ruleId === "a")).toBe(true);
  expect(csvOf(report).split("\r\n").slice(0, 2)).toEqual([
    "value,fires,days,after_5m_mean,after_30m_mean,close_mean,next_close_mean",
    expect.stringMatching(/^1100,4,2,/),
  ]);
  for (
    const bad of [
      "1..2",
      "value=3..1/1",
      "value=1..2/0",
      "value=0..1000000/1",
      "value=1..2/0.5",
      "value2=1..2/1",
    ]
  ) {
    await expect(run({ sweep: null }).then(() => run({ sweep: parseSweep(bad) }))).rejects.toThrow("sweep");
  }
});

Deno.test("where only minutes are stored they stand for the trades, and the report says so", async () => {
  const stored = {
    trades: () => Promise.resolve([]),
    lastTrades: () => Promise.resolve(new Map()),
    candles: ({ from, to }: { from: number; to: number }) => {
      const start = startOfSeoulDay(MONDAY) + 9 * HOUR;
      const candle = {
        symbol: "005930",
        interval: "1m" as const,
        start,
        open: 1_000,
        high: 1_100,
        low: 990,
        close: 1_010,
        volume: 40,
      };
      return Promise.resolve(start >= from && start < to ? [candle] : []);
    },
  };
  const run = runStored({
    rules: [ruleOf({ id: "a", symbol: "005930", value: "1100" })],
    sweep: null,
    from: MONDAY,
    to: MONDAY,
    symbols: null,
    references: [],
    windowMs: HOUR,
    graceMs: HOUR,
  }, { series: stored, module: await engineModule() });
  let report: BacktestReport | undefined;
  for (let step = await run.next(); report === undefined; step = await run.next()) {
    if (step.done) report = step.value;
  }
  expect([report.trades, report.fires.map(({ price }) => price)]).toEqual([4, [1_100]]);
  expect(report.notes.join()).toContain("2026-11-23");
});

Deno.test("the forms of a report hold what was found, and nothing that a name could smuggle in", async () => {
  const name = '<img src=x onerror="1">';
  const listed = {
    symbol: "005930",
    name,
    nameEn: name,
    market: "KOSPI",
    type: "stock",
    basePrice: 0,
  } as const;
  const report = await run({ references: [referenceOfListed(listed)] });
  const page = htmlOf(report);
  expect(page).toContain("&lt;img src=x");
  expect(page).not.toContain("<img");
  expect(page.match(/<circle/g)).toHaveLength(4);
  expect(page).not.toMatch(/<script|https?:/);
  const text = textOf(report).join("\n");
  expect(text).toContain(
    "fired 4 times on 2 of 3 days, 2 times again on the same day and symbol; 1 quiet day",
  );
  expect(csvOf(report).split("\r\n")).toHaveLength(6);
});
