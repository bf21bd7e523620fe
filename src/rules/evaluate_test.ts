import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import { encodeMarketEvent } from "../market/market_event.ts";
import { encodeTrade } from "../market/encode_trade.ts";
import type { SymbolReference } from "../market/reference.ts";
import type { Trade } from "../market/trade.ts";
import { Oracle, type OracleOptions } from "./evaluate.ts";
import { InputIssues } from "./input_issues.ts";
import { withShorthand } from "./parse_rule_conditions.ts";
import type { Rule } from "./rule.ts";
import { parseWhen } from "./when.ts";

/** 10:00 in Seoul on a trading day. */
const T0 = Date.parse("2026-11-23T10:00:00+09:00");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function ruleWhen(when: string, over: Partial<Rule> = {}): Rule {
  const issues = new InputIssues();
  const conditions = parseWhen(when, "when", issues);
  issues.throwIfAny("bad_rule");
  return ruleOf({ ...withShorthand(conditions!), ...over });
}

/** An oracle with one rule, fed trades and events; answers what each fired: `rule@start` or `rule:SYMBOL@start`. */
class Bench {
  readonly oracle: Oracle;
  #offset = 0;

  constructor(rules: Rule | readonly Rule[], options: OracleOptions = {}) {
    this.oracle = new Oracle(options);
    this.oracle.load([rules].flat());
  }

  fire(...records: (Partial<Trade> | string)[]): number[] {
    return records.map((record) => this.matches(record).length);
  }

  matches(record: Partial<Trade> | string) {
    const text = typeof record === "string" ? record : encodeTrade(tradeAt(record));
    const value = new TextEncoder().encode(text);
    return this.oracle.evaluate([{ offset: this.#offset++, value }]).matches;
  }
}

/** A trade whose base price is 10,000. */
function tradeAt(over: Partial<Trade>): Trade {
  const price = over.price ?? 10_000;
  const change = price - 10_000;
  const base = { eventTime: T0, price, change, rate: change / 100, open: 10_000, sign: "3" as const };
  return tradeOf({ ...base, high: Math.max(price, 10_000), low: Math.min(price, 10_000), ...over });
}

const status = (vi: "Y" | "N", halted: "Y" | "N", eventTime: number) =>
  encodeMarketEvent({ kind: "status", symbol: "005930", eventTime, vi, halted });

Deno.test("level fires once a window, crossing only where the trade before did not meet it", () => {
  const level = new Bench(ruleWhen("price >= 11000"));
  expect(level.fire({ price: 11_000 }, { price: 12_000 }, { price: 11_000, eventTime: T0 + HOUR })).toEqual([
    1,
    0,
    1,
  ]);
  const crossing = new Bench(ruleWhen("price >= 11000", { on: "crossing", repeat: "1m" }));
  const at = (minutes: number, price: number) => ({ price, eventTime: T0 + minutes * MINUTE });
  expect(crossing.fire(at(0, 10_900), at(1, 11_000), at(2, 11_500), at(3, 10_900), at(4, 11_100))).toEqual(
    [0, 1, 0, 0, 1],
  );
});

Deno.test("an opening above the target is a crossing, against yesterday's close; the next day begins anew", () => {
  const bench = new Bench(ruleWhen("price >= 11000", { on: "crossing", repeat: "day" }));
  const next = T0 + 24 * HOUR;
  expect(bench.fire({ price: 11_000 }, { price: 11_000, eventTime: next })).toEqual([1, 1]);
  const second = new Bench(ruleWhen("price >= 9000", { on: "crossing" }));
  expect(second.fire({ price: 11_000 })).toEqual([0]);
});

Deno.test("the pre-market does not hide a crossing from a rule for the regular session", () => {
  const rule = { on: "crossing", sessions: ["regular"], repeat: "day" } as const;
  const bench = new Bench([
    ruleWhen("rate >= 5", { ...rule, id: "regular" }),
    ruleWhen("rate >= 5", { on: "crossing", id: "all" }),
  ]);
  const pre = { marketSession: "pre", eventTime: T0 - 2 * HOUR } as const;
  const regular = { marketSession: "regular", eventTime: T0 } as const;
  expect(bench.matches({ ...pre, price: 10_600 }).map(({ rule }) => rule.id)).toEqual(["all"]);
  expect(bench.matches({ ...regular, price: 10_600 }).map(({ rule }) => rule.id)).toEqual(["regular"]);
});

Deno.test("what does not count crosses nothing and is not the trade before", () => {
  const bench = new Bench(ruleWhen("price >= 11000", { on: "crossing", repeat: "1m" }));
  const up = { price: 11_000 };
  expect(bench.fire({ ...up, halted: "Y" }, { ...up, session: "A" }, up)).toEqual([0, 0, 1]);
  // Older than the latest: level could fire, crossing does not.
  const older = { price: 11_000, eventTime: T0 - 5 * MINUTE };
  const both = new Bench([
    ruleWhen("price >= 11000", { on: "crossing" }),
    ruleWhen("price >= 11000", { id: "level" }),
  ]);
  expect(both.matches({ price: 10_000 })).toEqual([]);
  expect(both.matches(older).map(({ rule }) => rule.id)).toEqual(["level"]);
});

Deno.test("several conditions must hold at once, and crossing examines all of them together", () => {
  const bench = new Bench(ruleWhen("rate >= 5 and strength >= 120", { on: "crossing", repeat: "1m" }));
  const at = (minutes: number, price: number, strength: number) => ({
    price,
    strength,
    eventTime: T0 + minutes * MINUTE,
  });
  expect(bench.fire(at(0, 10_600, 100), at(1, 10_400, 130), at(2, 10_600, 120), at(3, 10_700, 150))).toEqual(
    [0, 0, 1, 0],
  );
  const match = new Bench(ruleWhen("rate >= 5 and strength >= 120")).matches(at(0, 10_512, 130.5))[0]!;
  expect(match.values).toEqual([512, 13_050]);
});

Deno.test("each repeat has its windows: minutes from the epoch, the day in Seoul, once until it is armed again", () => {
  const fires = (repeat: Rule["repeat"], ...times: number[]) =>
    new Bench(ruleWhen("price >= 1", { repeat, armedAt: T0 - HOUR })).fire(
      ...times.map((eventTime) => ({ eventTime })),
    );
  expect(fires("5m", T0, T0 + 4 * MINUTE, T0 + 5 * MINUTE)).toEqual([1, 0, 1]);
  expect(fires("day", T0, T0 + 13 * HOUR, T0 + 14 * HOUR)).toEqual([1, 0, 1]);
  expect(fires("once", T0, T0 + 100 * HOUR)).toEqual([1, 0]);
  const bench = new Bench(ruleWhen("price >= 1", { repeat: "once", armedAt: T0 }));
  expect(bench.matches({})[0]?.windowStart).toBe(T0);
  bench.oracle.put(ruleWhen("price >= 1", { repeat: "once", armed: 2, armedAt: T0 + 1 }));
  expect(bench.fire({})).toEqual([1]);
  bench.oracle.put(ruleWhen("price >= 1", { repeat: "once", armed: 2, armedAt: T0 + 1, note: "x" }));
  expect(bench.fire({})).toEqual([0]);
});

Deno.test("a mark of this arming silences the rule, one of another says nothing", () => {
  const bench = new Bench(ruleWhen("price >= 1", { armed: 3 }));
  const mark = { ruleId: "r1", symbol: null, windowStart: T0 };
  bench.oracle.restore({ ...mark, armed: 2 });
  expect(bench.fire({})).toEqual([1]);
  bench.oracle.restore({ ...mark, armed: 3, windowStart: T0 + HOUR });
  expect(bench.fire({ eventTime: T0 + HOUR })).toEqual([0]);
});

Deno.test("a rule for several symbols fires for each on its own; one for a market where the reference says so", () => {
  const bench = new Bench([
    ruleWhen("price >= 1", { id: "two", symbol: null, symbols: ["000660", "005930"] }),
    ruleWhen("price >= 1", { id: "kosdaq", symbol: null, market: "KOSDAQ" }),
    ruleWhen("price >= 1", { id: "all", symbol: null, market: "*" }),
  ]);
  bench.oracle.setReference(referenceOf("247540", { market: "KOSDAQ" }));
  const ids = (symbol: string) => bench.matches({ symbol }).map(({ rule }) => rule.id).sort();
  expect([ids("005930"), ids("000660"), ids("005930"), ids("247540"), ids("035720")]).toEqual(
    [["all", "two"], ["all", "two"], [], ["all", "kosdaq"], ["all"]],
  );
});

Deno.test("a day's alerts end at the partition's share, and the last says so", () => {
  const rule = ruleWhen("price >= 1", { symbol: null, market: "*", maxAlertsPerDay: 5 });
  const bench = new Bench(rule, { partitions: 2 });
  const matches = ["000001", "000002", "000003", "000004"].map((symbol) => bench.matches({ symbol })[0]);
  expect(matches.map((match) => match?.closing)).toEqual([undefined, undefined, true, undefined]);
  expect(matches[3]).toBeUndefined();
  expect(bench.fire({ symbol: "000004", eventTime: T0 + 24 * HOUR })).toEqual([1]);
});

Deno.test("VI and halts fire by their status records, though nothing trades", () => {
  const bench = new Bench([
    ruleWhen("vi >= 1", { on: "crossing", repeat: "1m", id: "began" }),
    ruleWhen("vi < 1", { on: "crossing", repeat: "1m", id: "ended" }),
    ruleWhen("halted >= 1 and price >= 11000", { id: "halted" }),
    ruleWhen("price >= 1", { id: "price", repeat: "1m" }),
  ]);
  const ids = (record: Partial<Trade> | string) => bench.matches(record).map(({ rule }) => rule.id);
  expect(ids({ price: 11_000 })).toEqual(["price"]);
  expect(ids(status("Y", "N", T0 + MINUTE))).toEqual(["began"]);
  expect(ids({ eventTime: T0 + MINUTE, price: 11_000 })).toEqual(["price"]);
  expect(ids(status("N", "N", T0 + 3 * MINUTE))).toEqual(["ended"]);
  const [match] = bench.matches(status("N", "Y", T0 + 4 * MINUTE));
  expect([match?.rule.id, match?.price, match?.eventTime]).toEqual(["halted", 11_000, T0 + 4 * MINUTE]);
  const untraded = new Bench(ruleWhen("halted >= 1")).matches(status("N", "Y", T0))[0];
  expect([untraded?.price, untraded?.windowStart]).toEqual([0, T0]);
});

Deno.test("a trade that was filled in is never late and fires in the window of now", () => {
  const bench = new Bench(ruleWhen("price >= 11000", { symbol: "000660" }), { graceMs: 1_000 });
  const old = { symbol: "000660", price: 11_000, eventTime: T0 - 2 * HOUR };
  expect(bench.fire({ eventTime: T0 }, old)).toEqual([0, 0]);
  const match = bench.matches({ ...old, origin: "filled" })[0]!;
  expect([match.windowStart, match.eventTime]).toEqual([T0, T0 - 2 * HOUR]);
});

Deno.test("a new high is made by the trade that passes all before it, and known from the reference of the day", () => {
  const day = (high: number, close = 100): SymbolReference["candles"][number] => (
    { date: "20261120", open: 100, high, low: 90, close, volume: 1 }
  );
  const candles = Array.from({ length: 20 }, (_, index) => day(10_500 + index));
  const rule = ruleWhen("new_high(20d)", { repeat: "1m" });
  const bench = new Bench(rule);
  const at = (minutes: number, price: number, high = price) => ({
    price,
    high,
    eventTime: T0 + minutes * MINUTE,
  });
  expect(bench.fire(at(0, 11_000))).toEqual([0]);
  bench.oracle.setReference(referenceOf("005930", { date: "20261123", candles }));
  expect(bench.fire(at(1, 10_519), at(2, 11_000), at(3, 11_001), at(4, 11_001), at(5, 11_500, 12_000)))
    .toEqual(
      [0, 0, 1, 0, 0],
    );
  const today = new Bench(ruleWhen("new_high", { repeat: "1m" }));
  expect(today.fire(at(0, 10_000), at(1, 10_001), at(2, 10_001), at(3, 10_002))).toEqual([0, 1, 0, 1]);
});

Deno.test("a measure that has no value makes its condition false, in either direction", () => {
  for (const when of ["strength >= 0", "strength < 1000", "from_high(52w) <= 0", "spread >= 0"]) {
    expect([when, new Bench(ruleWhen(when)).fire({ ask: 0, bid: 0 })]).toEqual([when, [0]]);
  }
});

Deno.test("of a price that was asked for the trade's value has no value, the day's has", () => {
  const polled = { origin: "polled", volume: 0, accValue: 50_000_000 } as const;
  expect(new Bench(ruleWhen("trade_value < 1000000")).fire(polled)).toEqual([0]);
  expect(new Bench(ruleWhen("day_value >= 50000000")).fire(polled)).toEqual([1]);
});

Deno.test("a time mark moves the time of a quiet partition", () => {
  const bench = new Bench(ruleWhen("price >= 1", { expiresAt: T0 + 1 }));
  bench.fire(encodeMarketEvent({ kind: "time", eventTime: T0 + 1 }));
  expect(bench.fire({ eventTime: T0 })).toEqual([0]);
});

Deno.test("an oracle that is restored knows the trades of the minute that forms", () => {
  const rule = ruleWhen("price >= 11000", { on: "crossing" });
  const restored = new Bench(rule);
  restored.oracle.resume({ watermark: T0 + 1, arrival: T0 + 1 });
  const value = new TextEncoder().encode(encodeTrade(tradeAt({ eventTime: T0 + 1, price: 11_500 })));
  restored.oracle.warmUp([{ offset: 0, value }]);
  // It stood above before: only the way down and up again is a crossing.
  expect(restored.fire({ eventTime: T0 + 2, price: 11_600 }, { eventTime: T0 + 3, price: 10_900 }, {
    eventTime: T0 + 4,
    price: 11_000,
  })).toEqual([0, 0, 1]);
});
