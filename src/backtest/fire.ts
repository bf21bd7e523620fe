import { idOfMatch } from "../alerts/alert.ts";
import type { Match } from "../rules/evaluation.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Followed } from "./followed.ts";

/** A rule that fired, and what followed. */
export interface Fire {
  readonly ruleId: string;
  /** The id that the alert would have had. */
  readonly alertId: string;
  readonly symbol: Symbol;
  /** Epoch ms. */
  readonly at: number;
  /** Won. */
  readonly price: number;
  /** Per cent, and won, against the day before. */
  readonly rate: number;
  readonly change: number;
  /** The last alert of its day that the rule's `maxAlertsPerDay` lets through. */
  readonly closing: boolean;
  /** Undefined until its day is over. */
  followed?: Followed;
}

/** What a backtest keeps of a match. */
export function fireOf(match: Match): Fire {
  const { rule, symbol, eventTime: at, price, rate, change, closing = false } = match;
  return { ruleId: rule.id, alertId: idOfMatch(match), symbol, at, price, rate, change, closing };
}
