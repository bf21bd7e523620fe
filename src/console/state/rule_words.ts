import { ruleInWords } from "../../alerts/words.ts";
import type { Trade } from "../../market/trade.ts";
import type { Comparator, Direction, Locale, RuleKind } from "../../rules/rule.ts";
import { signedRate, whole } from "../format.ts";
import type { Say } from "../i18n/text.ts";

/** What decides when a rule fires. */
export interface Condition {
  readonly kind: RuleKind;
  readonly comparator: Comparator | null;
  readonly value: string | null;
  readonly direction: Direction | null;
}

/** A condition in the words of the mails: "현재가가 53,200원 미만", "the price is below 53,200 won". */
export function ruleWords(rule: Condition, locale: Locale): string {
  return ruleInWords({ ...rule, ruleDirection: rule.direction }, locale);
}

/** Where a rule stands against the last trade. */
export interface Standing {
  readonly met: boolean;
  /** The compared figure now, with its unit: "53,400원", "+1.20%". */
  readonly now: string;
  /** How far it is to the value, with its unit; "" where there is no distance. */
  readonly distance: string;
}

/** Compares a trade with a rule, for display only: firing is the engine's business. */
export function standing(rule: Condition, trade: Trade, say: Say): Standing {
  const won = say("unit.won");
  if (rule.kind === "price_limit") {
    const up = trade.sign === "1" && rule.direction !== "down";
    const down = trade.sign === "4" && rule.direction !== "up";
    return { met: up || down, now: `${whole(trade.price)}${won}`, distance: "" };
  }
  const isRate = rule.kind === "change_rate";
  const raw = isRate ? trade.rate : rule.kind === "target_price" ? trade.price : trade.change;
  const compared = rule.direction === "down" ? -raw : rule.direction === "either" ? Math.abs(raw) : raw;
  const value = Number(rule.value);
  const far = Math.abs(compared - value);
  return {
    met: holds(rule.comparator, compared, value),
    now: isRate ? signedRate(raw) : `${whole(raw)}${won}`,
    distance: isRate ? `${far.toFixed(2)}%p` : `${whole(far)}${won}`,
  };
}

function holds(comparator: Comparator | null, left: number, right: number): boolean {
  if (comparator === "gt") return left > right;
  if (comparator === "gte") return left >= right;
  if (comparator === "lt") return left < right;
  return comparator === "lte" && left <= right;
}
