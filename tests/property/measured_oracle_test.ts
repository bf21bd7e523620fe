import { expect } from "expect";
import fc from "fast-check";
import type { StatusEvent } from "../../src/market/market_event.ts";
import type { SymbolReference } from "../../src/market/reference.ts";
import { dateOf } from "../../src/market/seoul_time.ts";
import type { MinuteCandle } from "../../src/market/minute_candle.ts";
import { Engine, type EngineOptions, type TradeBatch } from "../../src/engine/engine.ts";
import { armingOf } from "../../src/rules/arming.ts";
import { Oracle, type TradeRecord } from "../../src/rules/evaluate.ts";
import type { Evaluation, Match, PartitionTime } from "../../src/rules/evaluation.ts";
import { lookBackOf } from "../../src/rules/measures.ts";
import { valuesOf } from "../../src/rules/match_values.ts";
import { isForMany, type Rule } from "../../src/rules/rule.ts";
import { candlesOf } from "../support/candles.ts";
import { engineModule } from "../support/engine_module.ts";
import {
  type MeasuredRecord,
  measuredRecord,
  measuredRule,
  minutesOfTrades,
  NINE,
  references,
} from "../support/measured_gen.ts";
import { checkProperty } from "../support/property.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";

type Step =
  | { readonly type: "put"; readonly rule: Rule }
  | { readonly type: "load"; readonly rules: readonly Rule[] }
  | { readonly type: "remove"; readonly id: string }
  | { readonly type: "records"; readonly records: readonly MeasuredRecord[] }
  | { readonly type: "reference"; readonly reference: SymbolReference }
  | { readonly type: "restart"; readonly back: number };

/** What is known of a symbol, known anew in the middle of a day, or for the next one. */
const changedReference = fc.record({
  reference: fc.constantFrom(...references),
  days: fc.constantFrom(0, 0, 1),
  base: fc.constantFrom(null, 99, 101),
  market: fc.constantFrom("KOSPI", "KOSDAQ"),
  kept: fc.nat(25),
}).map(({ reference, days, base, market, kept }): SymbolReference => ({
  ...reference,
  date: dateOf(NINE + days * 86_400_000),
  basePrice: base,
  market,
  candles: reference.candles.slice(-kept),
}));

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("put"), rule: measuredRule }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("load"),
      rules: fc.array(measuredRule, { maxLength: 80, size: "max" }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("remove"), id: fc.nat(11).map((n) => `rule-${n}`) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("records"),
      records: fc.array(measuredRecord, { maxLength: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("records"), records: minutesOfTrades }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("reference"), reference: changedReference }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("restart"), back: fc.nat(3) }) },
) as fc.Arbitrary<Step>;

const options = fc.record({
  windowMs: fc.constantFrom(60_000, 3_600_000),
  graceMs: fc.constantFrom(0, 60_000, 3_600_000),
  partitions: fc.constantFrom(1, 2),
  matchCapacity: fc.constantFrom(1, 2, 3, 4096),
});

Deno.test("the engine gives the oracle's alerts: all measures, crossing, windows, sessions, many symbols, statuses, restarts anywhere", async () => {
  const module = await engineModule();
  checkProperty(
    fc.property(options, fc.array(step, { maxLength: 30, size: "max" }), (given, steps) => {
      const world = new World(module, given);
      for (const each of steps) world.take(each);
    }),
    300,
  );
});

/** What a stream keeps with its offset when a batch has been evaluated. */
interface Commit {
  readonly offset: number;
  readonly time: PartitionTime;
  readonly formingFrom: number;
  /** How many candles and statuses were written. */
  readonly candles: number;
  readonly statuses: number;
  /** How often rules had changed. */
  readonly changes: number;
}

/** The engine and the oracle side by side; the engine is stopped and restored, the oracle never, a second oracle each time. */
class World {
  readonly #module: WebAssembly.Module;
  readonly #options: EngineOptions;
  #engine: Engine;
  readonly #oracle: Oracle;
  /** As it was restored last; undefined: nothing was. */
  #restored: Oracle | undefined;
  readonly #rules = new Map<string, Rule>();
  readonly #references = new Map(references.map((each) => [each.symbol, each]));
  readonly #log: TradeRecord[] = [];
  readonly #alerts: Match[] = [];
  readonly #candles: MinuteCandle[] = [];
  readonly #statuses: StatusEvent[] = [];
  readonly #commits: Commit[] = [];
  #changes = 0;
  #versions = 1;
  #offset = 0;
  #now = NINE;

  constructor(module: WebAssembly.Module, options: EngineOptions) {
    this.#module = module;
    this.#options = { ...options, keepTrades: true, candles: true };
    this.#engine = this.#newEngine();
    this.#oracle = new Oracle(options);
    for (const reference of references) this.#oracle.setReference(reference);
    this.#commit();
  }

  #newEngine(): Engine {
    const engine = new Engine(this.#module, this.#options);
    for (const reference of this.#references.values()) engine.setReference(reference);
    return engine;
  }

  take(step: Step): void {
    switch (step.type) {
      case "put":
        return this.#put([step.rule], (rules) => this.#engine.put(rules[0] as Rule));
      case "load":
        return this.#put(step.rules, (rules) => this.#engine.load(rules));
      case "remove":
        this.#changes++;
        this.#rules.delete(step.id);
        this.#engine.remove(step.id);
        this.#oracle.remove(step.id);
        this.#restored?.remove(step.id);
        return;
      case "records":
        return this.#evaluate(step.records);
      case "reference":
        this.#changes++;
        this.#references.set(step.reference.symbol, step.reference);
        for (const each of [this.#engine, this.#oracle, this.#restored]) each?.setReference(step.reference);
        return;
      case "restart":
        this.#restart(step.back);
    }
  }

  /** As control does: a change of what decides arms the rule anew. */
  #put(drafts: readonly Rule[], put: (rules: readonly Rule[]) => void): void {
    this.#changes++;
    const rules = drafts.map((draft) => {
      const version = ++this.#versions;
      const before = this.#rules.get(draft.id);
      const at = this.#now + version;
      const arming = before === undefined
        ? { armed: version, armedAt: at }
        : armingOf(before, { draft, version, at });
      const rule = { ...draft, version, ...arming };
      this.#rules.set(rule.id, rule);
      return rule;
    });
    // As the stream does: what the candles topic has, before the rule is in force.
    const most = Math.max(...rules.map(({ conditions }) => lookBackOf(conditions) ?? -1));
    if (most > this.#engine.lookBack) {
      const known = this.#engine.candlesFrom;
      this.#engine.keepCandles(most);
      for (const candle of this.#candles) if (candle.start < known) this.#engine.takeCandle(candle);
    }
    put(rules);
    for (const rule of rules) {
      this.#oracle.put(rule);
      this.#restored?.put(rule);
    }
  }

  #evaluate(given: readonly MeasuredRecord[]): void {
    const records: TradeRecord[] = given.map(({ jump, at }) => {
      const eventTime = this.#now + jump;
      this.#now = Math.max(this.#now, eventTime);
      return { offset: this.#offset++, value: at(eventTime) };
    });
    const fromOffset = records[0]?.offset ?? this.#offset;
    this.#log.push(...records);
    const found = this.#engine.evaluate(batchOf(records, fromOffset));
    const wanted = this.#oracle.evaluate(records, fromOffset);
    expect(readable(found)).toEqual(readable(wanted));
    expect(this.#engine.time).toEqual(this.#oracle.time);
    if (this.#restored) {
      expect(readable(this.#restored.evaluate(records, fromOffset))).toEqual(readable(wanted));
    }
    this.#keep(found);
    this.#commit();
  }

  #keep(found: Evaluation): void {
    this.#alerts.push(...found.matches);
    this.#candles.push(...candlesOf(found.candles));
    this.#statuses.push(...found.statuses ?? []);
  }

  #commit(): void {
    this.#commits.push({
      offset: this.#offset,
      time: this.#engine.time,
      formingFrom: this.#engine.formingFrom,
      candles: this.#candles.length,
      statuses: this.#statuses.length,
      changes: this.#changes,
    });
  }

  /** Goes on in another engine from an older commit, since which no rule has changed: nothing may be said twice or be lost. */
  #restart(back: number): void {
    const same = this.#commits.filter(({ changes }) => changes === this.#changes);
    const commit = same[Math.max(0, same.length - 1 - back)];
    if (commit === undefined) return;
    this.#engine = this.#newEngine();
    this.#engine.load([...this.#rules.values()]);
    this.#engine.resume(commit.time);
    this.#engine.formingFrom = commit.formingFrom;
    const oracle = this.#restored = new Oracle(this.#options);
    for (const reference of this.#references.values()) oracle.setReference(reference);
    oracle.load([...this.#rules.values()]);
    oracle.resume(commit.time);
    for (const { rule, symbol, windowStart, eventTime } of this.#alerts) {
      const mark = { ruleId: rule.id, symbol: isForMany(rule) ? symbol : null, armed: rule.armed };
      for (const each of [this.#engine, oracle]) each.restore({ ...mark, windowStart, at: eventTime });
    }
    const statuses = new Map(this.#statuses.slice(0, commit.statuses).map((each) => [each.symbol, each]));
    const closed = this.#candles.slice(0, commit.candles);
    for (const each of [this.#engine, oracle]) each.restoreSymbols(closed, [...statuses.values()]);
    const forming = this.#log.slice(commit.formingFrom, commit.offset);
    this.#engine.warmUp(batchOf(forming, commit.formingFrom));
    oracle.warmUp(forming);
    const later = this.#log.slice(commit.offset);
    const again = this.#engine.evaluate(batchOf(later, commit.offset));
    expect(oracle.evaluate(later, commit.offset).matches).toEqual([]);
    expect(again.matches.map(({ rule, offset }) => `${rule.id}@${offset}`)).toEqual([]);
    // What was written after the commit is written again.
    this.#candles.length = commit.candles;
    this.#statuses.length = commit.statuses;
    this.#keep({ ...again, matches: [] });
    this.#commits.splice(this.#commits.indexOf(commit) + 1);
    this.#commit();
    expect(this.#engine.time).toEqual(this.#oracle.time);
  }
}

function batchOf(records: readonly TradeRecord[], fromOffset: number): TradeBatch {
  return { framing: "records", bytes: frameRecords(records), fromOffset };
}

/** Matches as short texts, those of one trade in the order of their rules. */
function readable({ candles: _candles, statuses: _statuses, ...evaluation }: Evaluation): unknown {
  const matches = evaluation.matches.map(({ rule, ...match }) => ({
    ...match,
    rule: rule.id,
    armed: rule.armed,
    values: valuesOf({ rule, ...match }),
  }));
  matches.sort((a, b) => a.offset - b.offset || (a.rule < b.rule ? -1 : 1));
  return { ...evaluation, matches };
}
