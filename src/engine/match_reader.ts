import { RATE_SCALE } from "../market/decimal.ts";
import { MARKET_SESSIONS, type MarketSession } from "../market/market_session.ts";
import type { Sign } from "../market/trade.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Match } from "../rules/evaluation.ts";
import type { Rule } from "../rules/rule.ts";
import {
  MATCH_CHANGE,
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
  MATCH_SYMBOL,
  MATCH_VALUES,
  MATCH_VOLUME,
  MATCH_WINDOW,
} from "../../wasm/layout.ts";
import type { WindowClasses } from "./classes.ts";
import { PLAIN, type RuleTable } from "./rule_table.ts";
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

  /** Appends the first `count` matches of the buffer. */
  read(count: number, into: Match[]): void {
    if (count === 0) return;
    const { views, address, rules, symbols, classes } = this.#source;
    const { f64, i32 } = views;
    const { placed } = rules;
    const { windowMs } = classes;
    for (let each = 0; each < count; each++) {
      const at = address + each * MATCH_SIZE;
      const ordinal = (i32[(at + MATCH_ORDINAL) >> 2] as number) >>> 0;
      // Of a plain rule nothing is read: a million of them stand all over the memory.
      const rule = rules.ruleAt(ordinal) as Rule;
      const plain = placed[ordinal] === PLAIN;
      const window = (i32[(at + MATCH_WINDOW) >> 2] as number) >>> 0;
      const flags = i32[(at + MATCH_FLAGS) >> 2] as number;
      const match: Match = {
        rule,
        windowStart: plain ? window * windowMs : classes.startOf(rule, window),
        offset: f64[(at + MATCH_OFFSET) >> 3] as number,
        symbol: symbols.textOf(i32[(at + MATCH_SYMBOL) >> 2] as number) as Symbol,
        price: i32[(at + MATCH_PRICE) >> 2] as number,
        rate: (i32[(at + MATCH_RATE) >> 2] as number) / RATE_UNIT,
        change: i32[(at + MATCH_CHANGE) >> 2] as number,
        volume: f64[(at + MATCH_VOLUME) >> 3] as number,
        eventTime: f64[(at + MATCH_EVENT_TIME) >> 3] as number,
        sign: SIGNS[(i32[(at + MATCH_SIGN) >> 2] as number) - 1] as Sign,
        marketSession: MARKET_SESSIONS[(flags >> MATCH_SESSION_SHIFT) - 1] as MarketSession,
      };
      const closing = (flags & MATCH_LAST) !== 0;
      const origin = (flags & MATCH_FILLED) !== 0
        ? "filled"
        : (flags & MATCH_POLLED) !== 0
        ? "polled"
        : undefined;
      if (plain && !closing && origin === undefined) into.push(match);
      else {into.push({
          ...match,
          ...(plain ? {} : { values: this.#values(rule, at) }),
          ...(closing ? { closing } : {}),
          ...(origin === undefined ? {} : { origin }),
        });}
    }
  }

  /** What the rule's conditions measured. */
  #values({ conditions }: Rule, at: number): readonly number[] {
    const { i32 } = this.#source.views;
    return conditions.map((_, place) => i32[((at + MATCH_VALUES) >> 2) + place] as number);
  }
}
