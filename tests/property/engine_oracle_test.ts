import { expect } from "expect";
import fc from "fast-check";
import { Engine, type EngineOptions } from "../../src/engine/engine.ts";
import { Oracle, type TradeRecord } from "../../src/rules/evaluate.ts";
import type { Evaluation, Match, PartitionTime } from "../../src/rules/evaluation.ts";
import { valuesOf } from "../../src/rules/match_values.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import type { Rule, RuleList } from "../../src/rules/rule.ts";
import { RuleHistory } from "../../src/rules/rule_history.ts";
import { RuleTemplates } from "../../src/rules/rule_templates.ts";
import { engineModule } from "../support/engine_module.ts";
import { checkProperty } from "../support/property.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";
import { eventTime, recordBytes, rule, ruleId, WINDOW_MS } from "../support/trade_gen.ts";

interface Arrived {
  readonly value: Uint8Array | null;
  readonly arrival: number | undefined;
}

type Step =
  | { readonly type: "put"; readonly rule: Rule }
  | { readonly type: "load"; readonly rules: readonly Rule[] }
  | { readonly type: "remove"; readonly id: string }
  | { readonly type: "watermark"; readonly time: number }
  | { readonly type: "trades"; readonly records: readonly Arrived[] }
  | { readonly type: "restart"; readonly back: number };

const arrived = fc.record({ value: recordBytes, arrival: fc.option(eventTime, { nil: undefined }) });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("put"), rule }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("load"),
      rules: fc.array(rule, { maxLength: 100, size: "max" }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("remove"), id: ruleId }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("watermark"), time: eventTime }) },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("trades"), records: fc.array(arrived, { maxLength: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("restart"), back: fc.nat(8) }) },
) as fc.Arbitrary<Step>;

const options = fc.record({
  windowMs: fc.constant(WINDOW_MS),
  graceMs: fc.constantFrom(0, 1, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1, 5 * WINDOW_MS),
  maxAheadMs: fc.constantFrom(0, WINDOW_MS / 2, 2 * WINDOW_MS, 120_000),
  matchCapacity: fc.constantFrom(1, 2, 3, 4096),
  rejectCapacity: fc.constantFrom(1, 2, 1024),
});

Deno.test("the engine gives the oracle's alerts on any sequence of rules, trades and restarts", async () => {
  const module = await engineModule();
  checkProperty(
    fc.property(options, fc.array(step, { maxLength: 40, size: "max" }), (given, steps) => {
      const world = new World(module, given);
      for (const each of steps) world.take(each);
      world.assertAtMostOnce();
    }),
    150,
  );
});

/** The rules as a stream has them that reads them at its start; those that no log has, such as a price of 0, as they are. */
function kept(rules: readonly Rule[]): RuleList {
  const history = new RuleHistory(new RuleTemplates());
  const others = rules.filter((rule) => {
    const record = { key: rule.id, value: new TextEncoder().encode(encodeRule(rule)), headers: {} };
    return history.load(record)?.type === "refused";
  });
  const list = history.list();
  return {
    length: rules.length,
    at: (index) => index < list.length ? list.at(index) : others[index - list.length],
  };
}

/** What a stream keeps with its offset when a batch has been evaluated. */
interface Commit {
  readonly offset: number;
  readonly time: PartitionTime;
}

/** The engine and the oracle side by side, over one log that can be read again. */
class World {
  readonly #module: WebAssembly.Module;
  readonly #options: EngineOptions;
  #engine: Engine;
  #oracle: Oracle;
  readonly #rules = new Map<string, Rule>();
  readonly #log: TradeRecord[] = [];
  readonly #alerts: Match[] = [];
  readonly #commits: Commit[] = [{ offset: 0, time: { watermark: 0, arrival: 0 } }];

  constructor(module: WebAssembly.Module, options: EngineOptions) {
    this.#module = module;
    this.#options = options;
    this.#engine = new Engine(module, options);
    this.#oracle = new Oracle(options);
  }

  take(step: Step): void {
    switch (step.type) {
      case "put":
        this.#rules.set(step.rule.id, step.rule);
        this.#engine.put(step.rule);
        this.#oracle.put(step.rule);
        break;
      case "load":
        for (const rule of step.rules) this.#rules.set(rule.id, rule);
        this.#engine.load(step.rules);
        this.#oracle.load(step.rules);
        break;
      case "remove":
        this.#rules.delete(step.id);
        this.#engine.remove(step.id);
        this.#oracle.remove(step.id);
        break;
      case "watermark":
        for (const world of [this.#engine, this.#oracle]) world.resume({ watermark: step.time, arrival: 0 });
        break;
      case "trades":
        this.#append(step.records);
        break;
      case "restart":
        this.#restart(step.back);
    }
    expect(this.#engine.ruleCount).toBe(this.#rules.size);
    expect(this.#engine.time).toEqual(this.#oracle.time);
  }

  #append(records: readonly Arrived[]): void {
    const from = this.#log.length;
    records.forEach(({ value, arrival }, index) =>
      this.#log.push({ offset: from + index, value, ...(arrival === undefined ? {} : { arrival }) })
    );
    this.#evaluate(from);
    this.#commits.push({ offset: this.#log.length, time: this.#engine.time });
  }

  #evaluate(from: number): void {
    // Two records more than wanted, to be skipped.
    const records = this.#log.slice(Math.max(0, from - 2));
    const bytes = frameRecords(records);
    const arrivalOf = (offset: number) => this.#log[offset]?.arrival;
    const given = this.#engine.evaluate({ framing: "records", bytes, fromOffset: from, arrivalOf });
    const wanted = this.#oracle.evaluate(records, from);
    expect(sorted(given)).toEqual(sorted(wanted));
    expect(given.matches.map((match) => match.offset)).toEqual(wanted.matches.map((match) => match.offset));
    this.#alerts.push(...given.matches);
  }

  /** Everything is forgotten but the rules, the alerts and an older commit; trades from there on are read again. */
  #restart(back: number): void {
    this.#engine = new Engine(this.#module, this.#options);
    this.#oracle = new Oracle(this.#options);
    const commit = this.#commits[Math.max(0, this.#commits.length - 1 - back)] as Commit;
    const rules = [...this.#rules.values()];
    for (const world of [this.#engine, this.#oracle]) {
      const load = () => world === this.#oracle ? this.#oracle.load(rules) : this.#engine.load(kept(rules));
      if (back % 2 === 0) load();
      if (back % 3 === 0) world.resume(commit.time);
      for (const { rule, windowStart } of this.#alerts) {
        world.restore({ ruleId: rule.id, symbol: null, armed: rule.armed, windowStart });
      }
      if (back % 2 !== 0) load();
      world.resume(commit.time);
    }
    this.#evaluate(commit.offset);
  }

  /** No rule has fired twice in one window, whatever was restarted. */
  assertAtMostOnce(): void {
    const ids = this.#alerts.map((match) => `${match.rule.id}@${match.windowStart}`);
    expect(new Set(ids).size).toBe(ids.length);
  }
}

/** What the order means nothing of, ordered: the matches of one trade. Their values are left aside. */
function sorted(evaluation: Evaluation): unknown {
  const matches = evaluation.matches.map(({ values: _values, ...match }) => match).sort((a, b) =>
    a.offset - b.offset || (a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0)
  );
  return {
    ...evaluation,
    matches: matches.map((match) => ({ ...match, rule: encodeRule(match.rule), values: valuesOf(match) })),
  };
}
