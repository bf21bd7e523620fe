import fc from "fast-check";
import { encodeMarketEvent, type StatusEvent } from "../../src/market/market_event.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { MARKET_SESSIONS } from "../../src/market/market_session.ts";
import type { SymbolReference } from "../../src/market/reference.ts";
import { dateOf } from "../../src/market/seoul_time.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { Condition, Param } from "../../src/rules/condition.ts";
import { MEASURE_NAMES, MEASURES } from "../../src/rules/measures.ts";
import { REPEATS } from "../../src/rules/repeat.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { ruleOf } from "./rules.ts";

/** 09:00 in Seoul, on a Wednesday. */
export const NINE = Date.UTC(2025, 10, 26, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const SYMBOLS = ["005930", "000660", "Q500001"];

/** Times of two days: close to each other, at the edges of minutes, windows, sessions and days. */
export const time = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3 * MINUTE).map((ms) => NINE + ms) },
  { weight: 2, arbitrary: fc.nat(8 * HOUR).map((ms) => NINE + ms) },
  fc.constantFrom(-1, 0, 1).map((ms) => NINE + 15 * HOUR + ms),
  fc.nat(2 * HOUR).map((ms) => NINE + 23 * HOUR + ms),
  fc.tuple(fc.nat(60), fc.constantFrom(-1, 0, 1)).map(([minute, ms]) => NINE + minute * MINUTE + ms),
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const decimal = (max: number) => fc.nat(max * 1000).map((units) => units / 1000);

export const measuredTrade: fc.Arbitrary<Trade> = fc.record({
  symbol: fc.constantFrom(...SYMBOLS, "005930", "005930"),
  eventTime: fc.constant(0),
  price: fc.integer({ min: 95, max: 105 }),
  sign: fc.constantFrom("1", "2", "3", "4", "5"),
  change: fc.integer({ min: -6, max: 6 }),
  rate: fc.integer({ min: -600, max: 600 }).map((units) => units / 100),
  open: fc.constantFrom(0, 98, 100, 102),
  high: fc.constantFrom(0, 100, 103, 105),
  low: fc.constantFrom(0, 95, 97, 100),
  volume: fc.constantFrom(0, 1, 100, 1_000, 2 ** 40),
  accVolume: fc.constantFrom(0, 10, 1_000, 1_001, Number.MAX_SAFE_INTEGER),
  accValue: fc.constantFrom(0, 9_999, 10_000, 1_000_000, Number.MAX_SAFE_INTEGER),
  ask: fc.constantFrom(0, 100, 101),
  bid: fc.constantFrom(0, 99, 100),
  halted: fc.constantFrom("N", "N", "N", "N", "N", "N", "Y"),
  session: fc.constantFrom(undefined, undefined, undefined, "0", "A"),
  marketSession: maybe(fc.constantFrom(...MARKET_SESSIONS)),
  venue: maybe(fc.constantFrom("KRX", "NXT", "UN")),
  origin: maybe(fc.constantFrom("filled", "polled")),
  strength: maybe(decimal(200)),
  turnover: maybe(decimal(3)),
  previousVolumeRate: maybe(decimal(300)),
  viBase: maybe(fc.integer({ min: 90, max: 110 })),
  totalBidSize: maybe(fc.constantFrom(0, 10, 30)),
  totalAskSize: maybe(fc.constantFrom(0, 10, 20)),
}) as unknown as fc.Arbitrary<Trade>;

const UTF8 = new TextEncoder();
const flag = fc.constantFrom("Y", "N");

/** How far a record is after the one before, ms: mostly a little, now and then out of order, to the next hour or day. */
const jump = fc.oneof(
  { weight: 8, arbitrary: fc.nat(20_000) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, MINUTE, 5 * MINUTE) },
  { weight: 2, arbitrary: fc.nat(2 * MINUTE).map((ms) => -ms) },
  { weight: 1, arbitrary: fc.constantFrom(HOUR, 4 * HOUR, -2 * HOUR, 12 * HOUR, 24 * HOUR) },
);

/** A record of the trades topic: mostly trades, now and then a status or a time mark. */
export interface MeasuredRecord {
  readonly jump: number;
  /** Its bytes at an event time. */
  readonly at: (eventTime: number) => Uint8Array;
}

const body: fc.Arbitrary<MeasuredRecord["at"]> = fc.oneof(
  {
    weight: 8,
    arbitrary: measuredTrade.map((trade) => (eventTime: number) =>
      UTF8.encode(encodeTrade({ ...trade, eventTime }))
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("status"),
      symbol: fc.constantFrom(...SYMBOLS),
      halted: flag,
      vi: flag,
      venue: fc.constantFrom("KRX", "NXT"),
    }).map((event) => (eventTime: number) =>
      UTF8.encode(encodeMarketEvent({ ...event, eventTime } as StatusEvent))
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((eventTime: number) =>
      UTF8.encode(encodeMarketEvent({ kind: "time", eventTime }))
    ),
  },
);

export const measuredRecord: fc.Arbitrary<MeasuredRecord> = fc.record({ jump, at: body });

/** Minutes with a trade or two in each, so that there are candles to look at. */
export const minutesOfTrades: fc.Arbitrary<readonly MeasuredRecord[]> = fc.array(
  fc.record({
    jump: fc.constantFrom(MINUTE, MINUTE, 40_000, 3 * MINUTE),
    at: measuredTrade.map((trade) => (eventTime: number) =>
      UTF8.encode(
        encodeTrade({ ...trade, symbol: SYMBOLS[0] as string, halted: "N", session: "0", eventTime }),
      )
    ),
  }),
  { minLength: 8, maxLength: 24, size: "max" },
);

/** Where a measure's values lie among the generated trades. */
const VALUES: Readonly<Record<string, readonly number[]>> = {
  price: [96, 98, 100, 102, 104],
  gap: [-300, 0, 200],
  from_open: [-200, 0, 300],
  from_high: [-500, -300, 0],
  from_low: [0, 200, 500],
  trade_value: [1, 10, 100],
  day_value: [0, 1, 100],
  day_volume: [10, 1_000, 1_001],
  strength: [5_000, 10_000, 15_000],
  turnover: [50, 150],
  volume_rate: [10_000, 20_000],
  spread: [0, 100, 200],
  book_ratio: [50, 100, 300],
  vi_gap: [0, 300, 700],
  sma: [-200, 0, 200],
  rate: [-300, 0, 100, 300],
  abs_rate: [100, 300],
  move: [-300, 0, 200],
  move_won: [-3, 0, 3],
  volume: [1, 1_000, 2_000],
  volume_ratio: [50, 100, 300],
  range: [0, 200, 600],
  ema: [-200, 0, 200],
  rsi: [3_000, 5_000, 7_000],
  bollinger: [0, 5_000, 10_000],
  macd: [-50, 0, 50],
};

/** Parameters that a few minutes of trades suffice for. */
const SHORT: Readonly<Record<string, readonly Param[]>> = {
  length: ["1m", "2m", "5m"],
  interval: ["1d", "1m", "1m", "3m", "60m"],
};

const NUMBERS: Readonly<Record<string, readonly Param[]>> = {
  fast: [2],
  slow: [3, 4],
  signal: [2],
  deviations: [1, 2],
};

const condition: fc.Arbitrary<Condition> = fc.constantFrom(...MEASURE_NAMES, "price", "price", "rate").chain(
  (measure) => {
    const { params, unit } = MEASURES[measure];
    const values = unit === "flag" ? [-1, 0, 1] : VALUES[measure] ?? [-3, 0, 3];
    return fc.record({
      measure: fc.constant(measure),
      params: fc.tuple(
        ...params.map((param) =>
          "words" in param
            ? fc.constantFrom<Param>(...SHORT[param.name] ?? param.words)
            : fc.constantFrom<Param>(...NUMBERS[param.name] ?? [2, 3, measure === "rsi" ? 4 : 21])
        ),
      ) as fc.Arbitrary<Param[]>,
      comparator: fc.constantFrom("gt", "gte", "lt", "lte"),
      value: fc.constantFrom(...values),
    });
  },
);

const target = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SYMBOLS).map((symbol) => ({ symbol })) },
  fc.constantFrom(...SYMBOLS).map((symbol) => ({ symbol: null, symbols: ["005930", symbol].sort() })),
  fc.constantFrom("KOSPI", "KOSDAQ", "ETF", "*").map((market) => ({ symbol: null, market })),
);

/** Rules of all measures, policies, sessions and targets. Few ids, so that edits are common. */
export const measuredRule: fc.Arbitrary<Rule> = fc.record({
  number: fc.nat(11),
  target,
  conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
  on: fc.constantFrom("level", "crossing"),
  repeat: fc.constantFrom(null, null, ...REPEATS),
  sessions: fc.option(fc.subarray([...MARKET_SESSIONS], { minLength: 1 }), { freq: 2, nil: null }),
  enabled: fc.constantFrom(true, true, true, true, false),
  expiresAt: fc.option(time, { freq: 5, nil: null }),
}).map(({ number, target, ...rest }) =>
  ruleOf({
    id: `rule-${number}`,
    kind: "condition",
    comparator: null,
    value: null,
    ...target,
    ...rest,
    // A rule has its limit from the beginning: alerts before it would not be counted.
    maxAlertsPerDay: number % 3 === 0 ? 1 + number % 2 : null,
  } as Partial<Rule>)
);

/** What is known of the symbols on the first of the days. */
export const references: readonly SymbolReference[] = SYMBOLS.map((symbol, each) => ({
  symbol,
  date: dateOf(NINE),
  name: symbol,
  nameEn: null,
  market: each === 1 ? "KOSDAQ" as const : "KOSPI" as const,
  kind: each === 2 ? "etf" as const : "stock" as const,
  basePrice: 100,
  halted: false,
  liquidation: false,
  administrative: false,
  warning: "none" as const,
  listedOn: "20000101",
  nxt: true,
  upperLimit: 130,
  lowerLimit: 70,
  high52w: { price: 104, date: "20250301" },
  low52w: { price: 96, date: "20250401" },
  candles: Array.from({ length: each === 0 ? 25 : 3 }, (_, day) => ({
    date: dateOf(NINE - (30 - day) * 24 * HOUR),
    open: 100,
    high: 101 + day % 3,
    low: 97 + day % 3,
    close: 99 + day % 4,
    volume: 1,
  })),
})) as unknown as readonly SymbolReference[];
