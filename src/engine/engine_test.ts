import { expect } from "expect";
import type { Trade } from "../market/trade.ts";
import type { Rule } from "../rules/rule.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { recordOf } from "../../tests/support/trade_batches.ts";
import { frameRecords } from "./frame_records.ts";
import { TRADE_TIME as T0, tradeOf as trade } from "../../tests/support/trades.ts";
import { InputIssues } from "../rules/input_issues.ts";
import { Oracle } from "../rules/evaluate.ts";
import { parseWhen } from "../rules/when.ts";
import { Engine } from "./engine.ts";
import { batchOfTrades } from "./trade_batch.ts";

const HOUR = 3_600_000;

function rule(over: Partial<Rule> = {}): Rule {
  return ruleOf({ value: "53200", ...over });
}

async function make(rules: readonly Rule[] = []): Promise<(...trades: Trade[]) => string[]> {
  const engine = new Engine(await engineModule());
  engine.load(rules);
  return firing(engine);
}

/** Evaluates trades and answers `rule@windowStart:offset` of what fired, sorted. */
function firing(engine: Engine): (...trades: Trade[]) => string[] {
  let offset = 0;
  return (...trades) => {
    const bytes = frameRecords(trades.map((each) => recordOf(each, offset++)));
    const { matches } = engine.evaluate({ framing: "records", bytes, fromOffset: 0 });
    return matches.map((match) => `${match.rule.id}@${match.windowStart}:${match.offset}`).sort();
  };
}

function fired(ruleId: string, windowStart: number) {
  return { ruleId, symbol: null, armed: 1, windowStart };
}

Deno.test("a rule fires once in a window and again in the next", async () => {
  const fire = await make([rule()]);
  expect(fire(trade(), trade())).toEqual([`r1@${T0}:0`]);
  expect(fire(trade({ eventTime: T0 + HOUR - 1 }))).toEqual([]);
  expect(fire(trade({ eventTime: T0 + HOUR }))).toEqual([`r1@${T0 + HOUR}:3`]);
});

Deno.test("every comparator is exact at its value", async () => {
  const rules = (["gt", "gte", "lt", "lte"] as const).map((comparator) =>
    rule({ id: comparator, comparator })
  );
  expect((await make(rules))(trade({ price: 53_199 }))).toEqual([`lt@${T0}:0`, `lte@${T0}:0`]);
  expect((await make(rules))(trade({ price: 53_200 }))).toEqual([`gte@${T0}:0`, `lte@${T0}:0`]);
  expect((await make(rules))(trade({ price: 53_201 }))).toEqual([`gt@${T0}:0`, `gte@${T0}:0`]);
});

Deno.test("the match carries the trade's numbers", async () => {
  const engine = new Engine(await engineModule());
  engine.put(rule());
  const bytes = frameRecords([recordOf(trade({ volume: 2 ** 52 }), 7)]);
  const result = engine.evaluate({ framing: "records", bytes, fromOffset: 0 });
  expect(result.nextOffset).toBe(8);
  expect(result.matches).toEqual([{
    rule: rule(),
    windowStart: T0,
    offset: 7,
    symbol: "005930",
    price: 53_200,
    rate: -0.56,
    change: -300,
    volume: 2 ** 52,
    eventTime: T0,
    sign: "5",
    marketSession: "regular",
  }]);
});

Deno.test("limits, rates and changes look the way they are set", async () => {
  const limit = { kind: "price_limit", comparator: null, value: null } as const;
  const rules = [
    rule({ id: "up", ...limit, direction: "up" }),
    rule({ id: "down", ...limit, direction: "down" }),
    rule({ id: "either", ...limit, direction: "either" }),
    rule({ id: "fall", kind: "change_rate", comparator: "gte", value: "5.25", direction: "down" }),
    rule({ id: "move", kind: "change_rate", comparator: "gte", value: "5.25", direction: "either" }),
    rule({ id: "rise", kind: "day_change", comparator: "gt", value: "299", direction: "up" }),
  ];
  expect((await make(rules))(trade({ sign: "1", rate: 0, change: 300 }))).toEqual(
    [`either@${T0}:0`, `rise@${T0}:0`, `up@${T0}:0`],
  );
  expect((await make(rules))(trade({ sign: "4", rate: -5.25 }))).toEqual(
    [`down@${T0}:0`, `either@${T0}:0`, `fall@${T0}:0`, `move@${T0}:0`],
  );
});

Deno.test("a late trade uses its own window, one beyond the grace is dropped and counted", async () => {
  const engine = new Engine(await engineModule());
  engine.put(rule());
  const fire = firing(engine);
  fire(trade({ eventTime: T0 + 2 * HOUR }));
  expect(fire(trade({ eventTime: T0 + HOUR }))).toEqual([`r1@${T0 + HOUR}:1`]);
  const bytes = frameRecords([recordOf(trade({ eventTime: T0 + HOUR - 1 }), 2)]);
  expect(engine.evaluate({ framing: "records", bytes, fromOffset: 0 })).toMatchObject({
    trades: 1,
    late: 1,
    matches: [],
  });
});

Deno.test("halted trades and expected prices never fire", async () => {
  const fire = await make([rule()]);
  expect(fire(trade({ halted: "Y" }), trade({ session: "A" }))).toEqual([]);
  expect(fire(trade({ session: "0" }))).toEqual([`r1@${T0}:2`]);
});

Deno.test("a rule that is removed and added again does not fire twice in a window", async () => {
  const engine = new Engine(await engineModule());
  const fire = firing(engine);
  engine.put(rule());
  expect(fire(trade())).toHaveLength(1);
  engine.remove("r1");
  engine.put(rule({ id: "other", comparator: "lte" }));
  engine.put(rule({ value: "1" }));
  expect(fire(trade())).toEqual([`other@${T0}:1`]);
  expect(engine.ruleCount).toBe(2);
});

Deno.test("an alert that was read back keeps its rule silent, also in a window still to come", async () => {
  const engine = new Engine(await engineModule());
  engine.restore(fired("r1", T0));
  engine.restore(fired("r1", T0 + HOUR));
  engine.load([rule()]);
  const fire = firing(engine);
  expect(fire(trade({ eventTime: T0 - 1 }))).toHaveLength(1);
  expect(fire(trade(), trade({ eventTime: T0 + HOUR }))).toEqual([]);
  expect(fire(trade({ eventTime: T0 + 2 * HOUR }))).toHaveLength(1);
});

Deno.test("a rule that expires is silent from that event time on", async () => {
  const fire = await make([rule({ expiresAt: T0 + HOUR + 10 })]);
  expect(fire(trade({ eventTime: T0 + HOUR + 10 }))).toEqual([]);
  expect(fire(trade({ eventTime: T0 + HOUR + 9 }))).toEqual([]);
  const other = await make([rule({ expiresAt: T0 + HOUR + 10 })]);
  expect(other(trade({ eventTime: T0 + HOUR + 9 }))).toHaveLength(1);
});

Deno.test("what is no trade is refused with its bytes, and the next one handled", async () => {
  const engine = new Engine(await engineModule());
  engine.put(rule());
  const bad = new TextEncoder().encode('{"symbol":5930}');
  const bytes = frameRecords([{ offset: 3, value: bad }, { offset: 4, value: null }, recordOf(trade(), 5)]);
  const result = engine.evaluate({ framing: "records", bytes, fromOffset: 3 });
  expect(result.matches.map((match) => match.offset)).toEqual([5]);
  expect(result.rejected).toMatchObject([{ offset: 3, code: "bad_trade", bytes: bad }, {
    offset: 4,
    code: "null_value",
  }]);
  expect(result.rejected[0]?.reason).toContain("symbol: must be a code of six characters");
});

Deno.test("a record that begins with its kind is no trade: engine and oracle pass over it", async () => {
  const engine = new Engine(await engineModule());
  const oracle = new Oracle();
  const texts = ['{"kind":"status","symbol":"005930"}', '{"kind":"time","eventTime":1}', '{"kind":"x"'];
  const records = texts.map((text, offset) => ({ offset, value: new TextEncoder().encode(text) }));
  const bytes = frameRecords([...records, recordOf(trade(), 3)]);
  for (
    const result of [
      engine.evaluate({ framing: "records", bytes, fromOffset: 0 }),
      oracle.evaluate([...records, recordOf(trade(), 3)]),
    ]
  ) expect(result).toMatchObject({ trades: 1, rejected: [], nextOffset: 4 });
});

Deno.test("a trade far ahead of its arrival is refused, however often, and makes no other late", async () => {
  const engine = new Engine(await engineModule(), { maxAheadMs: 1_000 });
  engine.put(rule());
  const ahead = trade({ eventTime: T0 + 20 * HOUR });
  const records = [ahead, trade({ symbol: "000660" }), ahead, trade(), ahead].map(recordOf);
  const bytes = frameRecords(records);
  const arrivalOf = () => T0 + 999;
  for (const framed of [bytes, bytes]) {
    const result = engine.evaluate({ framing: "records", bytes: framed, fromOffset: 0, arrivalOf });
    expect(result).toMatchObject({ trades: 2, late: 0, nextOffset: 5 });
    expect(result.rejected.map(({ code, offset }) => [code, offset])).toEqual(
      [0, 2, 4].map((offset) => ["future_event_time", offset]),
    );
    expect(result.rejected[0]?.bytes).toEqual(records[0]?.value);
  }
  expect(engine.time).toEqual({ watermark: T0, arrival: T0 + 999 });
});

Deno.test("a clock that drifts ahead a little with each trade does not carry the time away", async () => {
  const engine = new Engine(await engineModule(), { maxAheadMs: 1_000 });
  const trades = Array.from({ length: 20 }, (_, each) => trade({ eventTime: T0 + each * 900 }));
  const bytes = frameRecords(trades.map(recordOf));
  const arrivalOf = (offset: number) => T0 + offset;
  const { rejected } = engine.evaluate({ framing: "records", bytes, fromOffset: 0, arrivalOf });
  expect(rejected.length).toBe(18);
  expect(engine.time.watermark).toBe(T0 + 900);
});

Deno.test("the arrival is asked for once in a while, not for each trade", async () => {
  const engine = new Engine(await engineModule(), { maxAheadMs: 120_000 });
  const trades = Array.from({ length: 1_000 }, (_, each) => trade({ eventTime: T0 + each * 1_000 }));
  let asked = 0;
  const arrivalOf = (offset: number) => {
    asked++;
    return T0 + offset * 1_000;
  };
  const bytes = frameRecords(trades.map(recordOf));
  expect(engine.evaluate({ framing: "records", bytes, fromOffset: 0, arrivalOf }).rejected).toEqual([]);
  expect(asked).toBeLessThan(12);
});

Deno.test("a trade is late when it is older than the grace, whatever the window", async () => {
  for (const windowMs of [60_000, HOUR, 24 * HOUR]) {
    const engine = new Engine(await engineModule(), { windowMs, graceMs: 600_000 });
    const times = [T0 + HOUR, T0 + HOUR - 600_000, T0 + HOUR - 600_001];
    const bytes = frameRecords(times.map((eventTime) => trade({ eventTime })).map(recordOf));
    expect(engine.evaluate({ framing: "records", bytes, fromOffset: 0 }).late).toBe(1);
  }
});

Deno.test("a removed rule is remembered for as long as a late trade may come", async () => {
  const engine = new Engine(await engineModule());
  const fire = firing(engine);
  engine.put(rule());
  fire(trade());
  engine.remove("r1");
  fire(trade({ eventTime: T0 + HOUR, price: 1 }));
  engine.put(rule({ id: "other" }));
  engine.put(rule());
  expect(fire(trade())).toEqual([`other@${T0}:2`]);
});

Deno.test("a day's alerts count also for a rule that is removed, forgotten by the windows, and made again", async () => {
  const engine = new Engine(await engineModule(), { windowMs: 60_000, graceMs: 0 });
  const fire = firing(engine);
  engine.put(rule({ maxAlertsPerDay: 1 }));
  expect(fire(trade())).toEqual([`r1@${T0}:0`]);
  engine.remove("r1");
  expect(fire(trade({ eventTime: T0 + 300_000 }))).toEqual([]);
  engine.put(rule({ maxAlertsPerDay: 1, symbol: "000660", armed: 3, version: 3 }));
  expect(fire(trade({ eventTime: T0 + 300_001, symbol: "000660" }))).toEqual([]);
  expect(fire(trade({ eventTime: T0 + 24 * HOUR, symbol: "000660" }))).toEqual([`r1@${T0 + 24 * HOUR}:3`]);
});

Deno.test("an alert of a rule that fires once is counted for its day after a restart that knows no time yet", async () => {
  const engine = new Engine(await engineModule());
  const symbols = { symbol: null, symbols: ["000660", "005930"] };
  engine.load([rule({ ...symbols, repeat: "once", maxAlertsPerDay: 1, armedAt: 0 })]);
  engine.restore({ ruleId: "r1", symbol: "000660", armed: 1, windowStart: 0, at: T0 });
  const fire = firing(engine);
  expect(fire(trade({ eventTime: T0 + HOUR }))).toEqual([]);
  expect(fire(trade({ eventTime: T0 + 24 * HOUR }))).toEqual(["r1@0:1"]);
});

Deno.test("a trade that was filled in fires no rule that was armed after it, in whatever lane", async () => {
  const engine = new Engine(await engineModule());
  const fire = firing(engine);
  const armedAt = T0 + 1_000;
  engine.load([
    rule({ armedAt }),
    rule({ id: "r2", armedAt, on: "crossing" }),
    rule({ id: "r3", armedAt, sessions: ["regular"] }),
    rule({ id: "old" }),
  ]);
  expect(fire(trade({ eventTime: armedAt + 5_000, price: 1 }))).toEqual([]);
  expect(fire(trade({ eventTime: armedAt - 1, origin: "filled" }))).toEqual([`old@${T0}:1`]);
  expect(fire(trade({ eventTime: armedAt, origin: "filled" }))).toEqual([`r1@${T0}:2`, `r3@${T0}:2`]);
});

Deno.test("a hundred thousand rules are loaded, found in their lanes, edited and taken out", async () => {
  const engine = new Engine(await engineModule(), { matchCapacity: 100 });
  const rules = Array.from({ length: 100_000 }, (_, index) =>
    rule({
      id: `r${index}`,
      symbol: String(index % 5).padStart(6, "0"),
      value: String(1 + (index * 7_919) % 50_000),
      enabled: index % 10 !== 0,
    }));
  engine.load(rules);
  engine.load([
    ...rules.slice(0, 20_000),
    ...rules.slice(0, 100).map((each) => ({ ...each, enabled: true })),
  ]);
  expect(engine.ruleCount).toBe(100_000);
  const wanted = rules.filter((each, index) =>
    each.symbol === "000003" && (each.enabled || index < 100) && Number(each.value) <= 25_000
  );
  const fire = firing(engine);
  const fired = fire(trade({ symbol: "000003", price: 25_000 }));
  expect(fired).toEqual(wanted.map(({ id }) => `${id}@${T0}:0`).sort());
  for (const each of rules) engine.remove(each.id);
  expect(engine.ruleCount).toBe(0);
  expect(fire(trade({ symbol: "000002", price: 50_000 }))).toEqual([]);
});

Deno.test("a hundred thousand alerts are read back in no time that anybody waits for", async () => {
  const engine = new Engine(await engineModule());
  const started = performance.now();
  for (let each = 0; each < 100_000; each++) engine.restore(fired(`r${each}`, T0));
  engine.resume({ watermark: T0, arrival: T0 });
  expect(performance.now() - started).toBeLessThan(10_000);
  engine.put(rule({ id: "r99999" }));
  engine.put(rule({ id: "fresh" }));
  expect(firing(engine)(trade())).toEqual([`fresh@${T0}:0`]);
});

Deno.test("trades that are parsed already give the same matches as their records", async () => {
  const engine = new Engine(await engineModule(), { matchCapacity: 1 });
  engine.load([
    rule(),
    rule({ id: "r2", kind: "change_rate", comparator: "lte", value: "-0.56", direction: "up" }),
  ]);
  const { matches } = engine.evaluate(batchOfTrades([trade()], 7));
  expect(matches.map(({ rule, offset, rate }) => [rule.id, offset, rate]).sort()).toEqual([["r1", 7, -0.56], [
    "r2",
    7,
    -0.56,
  ]]);
  expect(engine.evaluate(batchOfTrades([trade({ halted: "Y" })], 8)).matches).toEqual([]);
  expect(engine.time.watermark).toBe(T0);
});

Deno.test("a refused record leaves nothing behind in the layouts that are remembered", async () => {
  const engine = new Engine(await engineModule());
  let offset = 0;
  const rejects = (text: string) => {
    const bytes = frameRecords([{ offset: offset++, value: new TextEncoder().encode(text) }]);
    return engine.evaluate({ framing: "records", bytes, fromOffset: 0 }).rejected.length;
  };
  const { eventTime, ...others } = trade();
  // As many layouts as are kept, the first one beginning with the event time.
  expect(rejects(JSON.stringify({ eventTime, ...others }))).toBe(0);
  for (const extra of ["a", "b", "c"]) expect(rejects(JSON.stringify({ ...trade(), [extra]: 1 }))).toBe(0);
  expect(rejects('{"bid":53200,!')).toBe(1);
  // Begins as the refused one, goes on as the first: nothing says when it was.
  expect(rejects(`{"bid":53200,${JSON.stringify(others).slice(1)}`)).toBe(1);
});

Deno.test("a crossing is seen behind a late trade that came between a filled one and the windows of now", async () => {
  const engine = new Engine(await engineModule());
  const fire = firing(engine);
  engine.load([rule({ on: "crossing", repeat: "1m" })]);
  const minute = 60_000;
  fire(trade({ symbol: "000660", eventTime: T0 + minute }));
  expect(fire(trade({ eventTime: T0 - 10, price: 50_000, origin: "filled" }))).toEqual([]);
  // Of the minute before: it crosses there, and is what stands before the next one.
  expect(fire(trade({ eventTime: T0, price: 54_000 }))).toEqual([`r1@${T0}:2`]);
  expect(fire(trade({ eventTime: T0 + minute + 1, price: 50_000 }))).toEqual([]);
  expect(fire(trade({ eventTime: T0 + minute + 2, price: 54_000 }))).toEqual([`r1@${T0 + minute}:4`]);
});

Deno.test("a late trade comes to what was reckoned of its minute before", async () => {
  const minute = 60_000;
  const conditions = parseWhen("volume(3m) >= 1000 and price >= 60000", "when", new InputIssues());
  const fire = await make([rule({ kind: "condition", conditions: conditions!, sessions: ["regular"] })]);
  const at = (minutes: number, over: Partial<Trade> = {}) =>
    trade({ eventTime: T0 + minutes * minute, price: 50_000, volume: 10, ...over });
  fire(...[0, 1, 2, 3, 4].map((minutes) => at(minutes)));
  // Reckoned once for this minute: too little was traded.
  expect(fire(at(5, { price: 60_000 }))).toEqual([]);
  // Of a session that the rule does not name: nothing is reckoned for it.
  expect(fire(at(4, { volume: 5_000, marketSession: "after" }))).toEqual([]);
  expect(fire(at(5, { price: 60_000 }))).toEqual([`r1@${T0}:7`]);
});
