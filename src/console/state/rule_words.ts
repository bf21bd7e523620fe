import { measuredInWords } from "../../alerts/condition_words.ts";
import { ruleInWords, type RuleWords } from "../../alerts/words.ts";
import type { Trade } from "../../market/trade.ts";
import { compares, type Condition } from "../../rules/condition.ts";
import { holds, snapshotOf } from "../../rules/snapshot.ts";
import { measuredUnits } from "../../rules/measures.ts";
import type { Locale } from "../../rules/rule.ts";
import { signedRate, whole } from "../format.ts";
import type { Say } from "../i18n/text.ts";

/** A condition in the words of the mails: "현재가가 53,200원 미만", "the price is below 53,200 won". */
export function ruleWords(rule: RuleWords, locale: Locale): string {
  return ruleInWords(rule, locale);
}

/** Where a rule stands against the last trade. */
export interface RuleStanding {
  readonly met: boolean;
  /** The compared figure now, with its unit: "53,400원", "+1.20%". */
  readonly now: string;
  /** How far it is to the value, with its unit; "" where there is no distance. */
  readonly distance: string;
}

/** Compares a trade with a rule, for display only: firing is the engine's business. */
export function standing(
  rule: RuleWords,
  trade: Trade,
  { say, locale }: { say: Say; locale: Locale },
): RuleStanding {
  const won = say("unit.won");
  if (rule.kind === "condition") {
    const [first] = rule.conditions;
    const units = first && measuredUnits(first, snapshotOf(trade));
    const now = units === undefined ? "" : measuredInWords(first as Condition, units, locale);
    return { met: holds(rule, trade), now, distance: "" };
  }
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
    met: rule.comparator !== null && compares(compared, rule.comparator, value),
    now: isRate ? signedRate(raw) : `${whole(raw)}${won}`,
    distance: isRate ? `${far.toFixed(2)}%p` : `${whole(far)}${won}`,
  };
}
