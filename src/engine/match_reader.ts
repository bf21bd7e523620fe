import { RATE_SCALE } from "../market/decimal.ts";
import { MARKET_SESSIONS, type MarketSession } from "../market/market_session.ts";
import type { Sign } from "../market/trade.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Match } from "../rules/evaluation.ts";
import type { Rule } from "../rules/rule.ts";
import {
  MATCH_CHANGE,
  MATCH_CLASS_SHIFT,
  MATCH_COUNT_SHIFT,
  MATCH_EVENT_TIME,
  MATCH_FILLED,
  MATCH_FLAGS,
  MATCH_LAST,
  MATCH_OFFSET,
  MATCH_ORDINAL,
  MATCH_POLLED,
  MATCH_PRICE,
  MATCH_RATE,
  MATCH_SESSION_SHIFT,
  MATCH_SIGN,
  MATCH_SIZE,
  MATCH_SMALL_MASK,
  MATCH_SYMBOL,
  MATCH_VALUES,
  MATCH_VOLUME,
  MATCH_WINDOW,
} from "../../wasm/layout.ts";
import type { WindowClasses } from "./classes.ts";
import type { RuleTable } from "./rule_table.ts";
import type { Symbols } from "./symbols.ts";
import type { Views } from "./views.ts";

const SIGNS: readonly Sign[] = ["1", "2", "3", "4", "5"];
const RATE_UNIT = 10 ** RATE_SCALE;

/** What matches are read with. */
export interface MatchSource {
  readonly views: Views;
  /** Of the module's output buffer. */
  readonly address: number;
  readonly rules: RuleTable;
  readonly symbols: Symbols;
  readonly classes: WindowClasses;
}

/** Makes objects of the matches in the module's output buffer. */
export class MatchReader {
  readonly #source: MatchSource;

  constructor(source: MatchSource) {
    this.#source = source;
  }

  /**
   * Appends the first `count` matches of the buffer. Of a rule nothing is read: a million of them stand all over the memory,
   * and each that is read is a miss of the cache.
   */
  read(count: number, into: Match[]): void {
    if (count === 0) return;
    const { views, address, rules, symbols, classes } = this.#source;
    const { f64, i32 } = views;
    for (let each = 0; each < count; each++) {
      const at = address + each * MATCH_SIZE;
      const rule = rules.ruleAt((i32[(at + MATCH_ORDINAL) >> 2] as number) >>> 0) as Rule;
      const window = (i32[(at + MATCH_WINDOW) >> 2] as number) >>> 0;
      const flags = i32[(at + MATCH_FLAGS) >> 2] as number;
      const values = (flags >> MATCH_COUNT_SHIFT) & MATCH_SMALL_MASK;
      const start = classes.startIn(flags >> MATCH_CLASS_SHIFT, window);
      const match: Match = {
        rule,
        windowStart: start < 0 ? rule.armedAt : start,
        offset: f64[(at + MATCH_OFFSET) >> 3] as number,
        symbol: symbols.textOf(i32[(at + MATCH_SYMBOL) >> 2] as number) as Symbol,
        price: i32[(at + MATCH_PRICE) >> 2] as number,
        rate: (i32[(at + MATCH_RATE) >> 2] as number) / RATE_UNIT,
        change: i32[(at + MATCH_CHANGE) >> 2] as number,
        volume: f64[(at + MATCH_VOLUME) >> 3] as number,
        eventTime: f64[(at + MATCH_EVENT_TIME) >> 3] as number,
        sign: SIGNS[(i32[(at + MATCH_SIGN) >> 2] as number) - 1] as Sign,
        marketSession:
          MARKET_SESSIONS[((flags >> MATCH_SESSION_SHIFT) & MATCH_SMALL_MASK) - 1] as MarketSession,
        // In all of them, so that they have one shape.
        values: values === 0 ? undefined : valuesAt(i32, at, values),
      };
      const rare = flags & (MATCH_LAST | MATCH_FILLED | MATCH_POLLED);
      into.push(rare === 0 ? match : withRare(match, rare));
    }
  }
}

/** What the conditions of the rule of a match that stands at `at` measured. */
function valuesAt(i32: Int32Array, at: number, count: number): readonly number[] {
  const values: number[] = [];
  const first = (at + MATCH_VALUES) >> 2;
  for (let each = first; each < first + count; each++) values.push(i32[each] as number);
  return values;
}

/** @param flags of {@link MATCH_LAST}, {@link MATCH_FILLED}, {@link MATCH_POLLED}. */
function withRare(match: Match, flags: number): Match {
  const origin = (flags & MATCH_FILLED) !== 0
    ? "filled"
    : (flags & MATCH_POLLED) !== 0
    ? "polled"
    : undefined;
  return {
    ...match,
    ...((flags & MATCH_LAST) === 0 ? {} : { closing: true }),
    ...(origin === undefined ? {} : { origin }),
  };
}
