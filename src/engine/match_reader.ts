import { RATE_SCALE } from "../market/decimal.ts";
import type { Sign } from "../market/trade.ts";
import type { Match } from "../rules/evaluation.ts";
import type { Rule } from "../rules/rule.ts";
import {
  MATCH_CHANGE,
  MATCH_EVENT_TIME,
  MATCH_OFFSET,
  MATCH_ORDINAL,
  MATCH_PRICE,
  MATCH_RATE,
  MATCH_SIGN,
  MATCH_SIZE,
  MATCH_VOLUME,
  MATCH_WINDOW,
} from "../../wasm/layout.ts";
import type { Views } from "./views.ts";

const SIGNS: readonly Sign[] = ["1", "2", "3", "4", "5"];
const RATE_UNIT = 10 ** RATE_SCALE;

/** Makes objects of the matches in the module's output buffer. */
export class MatchReader {
  readonly #views: Views;
  readonly #address: number;
  readonly #windowMs: number;

  constructor(views: Views, address: number, windowMs: number) {
    this.#views = views;
    this.#address = address;
    this.#windowMs = windowMs;
  }

  /** Appends the first `count` matches of the buffer. */
  read(count: number, rules: readonly (Rule | undefined)[], into: Match[]): void {
    if (count === 0) return;
    const { f64, i32 } = this.#views;
    for (let each = 0; each < count; each++) {
      const at = this.#address + each * MATCH_SIZE;
      const rule = rules[(i32[(at + MATCH_ORDINAL) >> 2] as number) >>> 0] as Rule;
      into.push({
        rule,
        windowStart: ((i32[(at + MATCH_WINDOW) >> 2] as number) >>> 0) * this.#windowMs,
        offset: f64[(at + MATCH_OFFSET) >> 3] as number,
        symbol: rule.symbol as string,
        price: i32[(at + MATCH_PRICE) >> 2] as number,
        rate: (i32[(at + MATCH_RATE) >> 2] as number) / RATE_UNIT,
        change: i32[(at + MATCH_CHANGE) >> 2] as number,
        volume: f64[(at + MATCH_VOLUME) >> 3] as number,
        eventTime: f64[(at + MATCH_EVENT_TIME) >> 3] as number,
        sign: SIGNS[(i32[(at + MATCH_SIGN) >> 2] as number) - 1] as Sign,
      });
    }
  }
}
