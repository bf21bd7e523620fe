import { assert } from "../core/errors.ts";
import { MARKET_SESSIONS } from "../market/market_session.ts";
import { RULE_MARKETS } from "../market/reference.ts";
import type { Condition } from "../rules/condition.ts";
import { needOf } from "../rules/measures.ts";
import { type Rule, symbolsOf } from "../rules/rule.ts";
import {
  ANY_MARKET,
  CONDITION_MEASURE,
  CONDITION_NEGATED,
  CONDITION_SIZE,
  CONDITION_THRESHOLD,
  FLAG_CANDLES,
  FLAG_NEGATED,
  FLAG_STATUS,
  FLAG_VALUES,
  FORM_CROSSING,
  FORM_LEVEL,
  FORM_SEVERAL,
  FORM_SEVERAL_CROSSING,
  NO_SYMBOL_INDEX,
} from "../../wasm/layout.ts";
import type { WindowClasses } from "./classes.ts";
import { measureCode } from "./measure_codes.ts";
import type { EngineExports } from "./module.ts";
import { laneCondition, testOf } from "./plan.ts";
import type { Symbols } from "./symbols.ts";
import type { Views } from "./views.ts";

/** Measures with their parameters, at most: more than can be named. */
const MEASURES_MAX = 2 ** 21;
const ALL_SESSIONS = (1 << MARKET_SESSIONS.length) - 1;

/** The lanes of rules that are no plain ones; each is made when the first rule wants it, and stays. */
export class KeyedLanes {
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #symbols: Symbols;
  readonly #classes: WindowClasses;
  readonly #lanes = new Map<number, number>();
  readonly #measures = new Map<string, number>();

  constructor(parts: { wasm: EngineExports; views: Views; symbols: Symbols; classes: WindowClasses }) {
    this.#wasm = parts.wasm;
    this.#views = parts.views;
    this.#symbols = parts.symbols;
    this.#classes = parts.classes;
  }

  /** Puts a rule in the lane of each of its symbols, or in its market's. */
  put(rule: Rule, ordinal: number): void {
    const { threshold } = testOf(laneCondition(rule.conditions));
    for (const lane of this.#lanesOf(rule)) this.#wasm.putRule(lane, threshold, ordinal);
  }

  take(rule: Rule, ordinal: number): void {
    const { threshold } = testOf(laneCondition(rule.conditions));
    for (const lane of this.#lanesOf(rule)) {
      const there = this.#wasm.takeRule(lane, threshold, ordinal);
      assert(there === 1, "a rule does not stand where it was put");
    }
  }

  /**
   * Writes what a rule has beside its threshold.
   *
   * @param share alerts a day that it may have here, 0 for any number.
   * @param from the ordinal whose alerts of today count as its own.
   */
  writeExtra(rule: Rule, ordinal: number, { share, from }: { share: number; from: number }): void {
    const conditions = rule.conditions.length > 1 ? rule.conditions : [];
    const numbers = conditions.map((condition) => this.#measure(condition));
    const address = this.#wasm.setExtra(ordinal, conditions.length, share, from) >>> 0;
    const words = this.#views.i32;
    conditions.forEach((condition, each) => {
      const at = address + each * CONDITION_SIZE;
      const { negated, threshold } = testOf(condition);
      words[(at + CONDITION_MEASURE) >> 2] = numbers[each] as number;
      words[(at + CONDITION_NEGATED) >> 2] = negated ? 1 : 0;
      words[(at + CONDITION_THRESHOLD) >> 2] = threshold;
    });
  }

  *#lanesOf(rule: Rule): Iterable<number> {
    const lane = this.#keyOf(rule);
    if (rule.market !== null) yield this.#lane(NO_SYMBOL_INDEX, lane);
    else for (const symbol of symbolsOf(rule)) yield this.#lane(this.#symbols.indexOf(symbol), lane);
  }

  #keyOf(rule: Rule): LaneKey {
    const condition = laneCondition(rule.conditions);
    const several = rule.conditions.length > 1;
    const form = rule.on === "crossing"
      ? several ? FORM_SEVERAL_CROSSING : FORM_CROSSING
      : several
      ? FORM_SEVERAL
      : FORM_LEVEL;
    const need = needOf(condition);
    const flags = form | (testOf(condition).negated ? FLAG_NEGATED : 0) |
      (need === "status" ? FLAG_STATUS : need === "candles" ? FLAG_CANDLES : 0);
    const sessions = rule.sessions === null
      ? ALL_SESSIONS
      : rule.sessions.reduce((all, session) => all | 1 << MARKET_SESSIONS.indexOf(session), 0);
    const markets = rule.market === null
      ? 0
      : rule.market === "*"
      ? ANY_MARKET
      : 1 << RULE_MARKETS.indexOf(rule.market);
    return {
      measure: this.#measure(condition),
      flags,
      sessions,
      windows: this.#classes.of(rule).number,
      markets,
    };
  }

  #lane(symbol: number, key: LaneKey): number {
    const { measure, flags, sessions, windows, markets } = key;
    const place = symbol !== NO_SYMBOL_INDEX ? symbol : markets === ANY_MARKET ? -100 : -markets;
    // One number: flags are below FLAG_VALUES, sessions and windows below 16, measures below MEASURES_MAX.
    const name = (((place * FLAG_VALUES + flags) * 16 + sessions) * 16 + windows) * MEASURES_MAX + measure;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = this.#wasm.addLane(symbol, measure, flags, sessions, windows, markets) >>> 0;
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #measure(condition: Condition): number {
    const { measure, params } = condition;
    const name = params.length === 0 ? measure : `${measure}(${params.join(",")})`;
    let number = this.#measures.get(name);
    if (number === undefined) {
      const { kind, parameter } = measureCode(condition);
      number = this.#wasm.addMeasure(kind, parameter);
      assert(number < MEASURES_MAX, "too many different measures are in use");
      this.#measures.set(name, number);
    }
    return number;
  }
}

interface LaneKey {
  readonly measure: number;
  readonly flags: number;
  /** A bit for each session. */
  readonly sessions: number;
  readonly windows: number;
  /** A bit for each market, ANY_MARKET, or 0 for a symbol's lane. */
  readonly markets: number;
}
