import { expect } from "expect";
import fc from "fast-check";
import { Engine, type EngineOptions } from "../../src/engine/engine.ts";
import { armingOf } from "../../src/rules/arming.ts";
import { Oracle, type TradeRecord } from "../../src/rules/evaluate.ts";
import type { Evaluation } from "../../src/rules/evaluation.ts";
import { valuesOf } from "../../src/rules/match_values.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { engineModule } from "../support/engine_module.ts";
import {
  type MeasuredRecord,
  measuredRecord,
  measuredRule,
  NINE,
  references,
} from "../support/measured_gen.ts";
import { checkProperty } from "../support/property.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";

type Step =
  | { readonly type: "put"; readonly rule: Rule }
  | { readonly type: "load"; readonly rules: readonly Rule[] }
  | { readonly type: "remove"; readonly id: string }
  | { readonly type: "records"; readonly records: readonly MeasuredRecord[] };

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
) as fc.Arbitrary<Step>;

const options = fc.record({
  windowMs: fc.constantFrom(60_000, 3_600_000),
  graceMs: fc.constantFrom(0, 60_000, 3_600_000),
  partitions: fc.constantFrom(1, 2),
  matchCapacity: fc.constantFrom(1, 2, 3, 4096),
});

Deno.test("the engine gives the oracle's alerts: all measures, crossing, windows, sessions, many symbols, statuses", async () => {
  const module = await engineModule();
  checkProperty(
    fc.property(options, fc.array(step, { maxLength: 30, size: "max" }), (given, steps) => {
      const world = new World(module, given);
      for (const each of steps) world.take(each);
    }),
    300,
  );
});

/** The engine and the oracle side by side. */
class World {
  readonly #engine: Engine;
  readonly #oracle: Oracle;
  readonly #rules = new Map<string, Rule>();
  #versions = 1;
  #offset = 0;
  #now = NINE;

  constructor(module: WebAssembly.Module, options: EngineOptions) {
    this.#engine = new Engine(module, { ...options, keepTrades: true });
    this.#oracle = new Oracle(options);
    for (const reference of references) {
      this.#engine.setReference(reference);
      this.#oracle.setReference(reference);
    }
  }

  take(step: Step): void {
    switch (step.type) {
      case "put":
        return this.#put([step.rule], (rules) => this.#engine.put(rules[0] as Rule));
      case "load":
        return this.#put(step.rules, (rules) => this.#engine.load(rules));
      case "remove":
        this.#rules.delete(step.id);
        this.#engine.remove(step.id);
        this.#oracle.remove(step.id);
        return;
      case "records":
        this.#evaluate(step.records);
    }
  }

  /** As control does: a change of what decides arms the rule anew. */
  #put(drafts: readonly Rule[], put: (rules: readonly Rule[]) => void): void {
    const rules = drafts.map((draft) => {
      const version = ++this.#versions;
      const before = this.#rules.get(draft.id);
      const at = NINE + version;
      const arming = before === undefined
        ? { armed: version, armedAt: at }
        : armingOf(before, { draft, version, at });
      const rule = { ...draft, version, ...arming };
      this.#rules.set(rule.id, rule);
      return rule;
    });
    put(rules);
    for (const rule of rules) this.#oracle.put(rule);
  }

  #evaluate(given: readonly MeasuredRecord[]): void {
    const records: TradeRecord[] = given.map(({ jump, at }) => {
      const eventTime = this.#now + jump;
      this.#now = Math.max(this.#now, eventTime);
      return { offset: this.#offset++, value: at(eventTime) };
    });
    const fromOffset = records[0]?.offset ?? this.#offset;
    const found = this.#engine.evaluate({ framing: "records", bytes: frameRecords(records), fromOffset });
    const wanted = this.#oracle.evaluate(records, fromOffset);
    expect(readable(found)).toEqual(readable(wanted));
    expect(this.#engine.time).toEqual(this.#oracle.time);
  }
}

/** Matches as short texts, those of one trade in the order of their rules. */
function readable(evaluation: Evaluation): unknown {
  const matches = evaluation.matches.map(({ rule, ...match }) => ({
    ...match,
    rule: rule.id,
    armed: rule.armed,
    values: valuesOf({ rule, ...match }),
  }));
  matches.sort((a, b) => a.offset - b.offset || (a.rule < b.rule ? -1 : 1));
  return { ...evaluation, matches };
}
