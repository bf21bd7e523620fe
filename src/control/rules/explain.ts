import { formatUnits } from "../../market/decimal.ts";
import { marketSessionOf } from "../../market/market_session.ts";
import type { Trade } from "../../market/trade.ts";
import type { Condition } from "../../rules/condition.ts";
import { conditionHolds, measuredUnits, MEASURES, needOf } from "../../rules/measures.ts";
import type { Snapshot } from "../../rules/measures/measure.ts";
import { type Rule, scaleOf, type ShorthandKind } from "../../rules/rule.ts";
import { holdsAt } from "../../rules/snapshot.ts";
import { formatCondition } from "../../rules/when.ts";

/** What is to be said of a rule at a moment, the first that is so. */
export const VERDICTS = [
  "fired",
  "paused",
  "expired",
  "no_trade",
  "late",
  "halted",
  "auction",
  "other_session",
  "not_known",
  "waiting",
  "met",
] as const;
export type RuleVerdict = typeof VERDICTS[number];

/** One condition against the last trade. */
export interface ExplainedCondition {
  /** `from_open >= 5`. */
  readonly when: string;
  /** A decimal; null while it has no value. */
  readonly measured: string | null;
  /** Threshold minus measured: how far the value has to go. */
  readonly distance: string | null;
  readonly holds: boolean;
  /** Why the measure has no value; null when it can. */
  readonly missing: string | null;
}

/** Why a rule has or has not fired in this window. */
export interface Explanation {
  readonly verdict: RuleVerdict;
  readonly reason: string;
  readonly conditions: readonly ExplainedCondition[];
  /** Of a rule that a kind says: what it compares of the last trade, in the kind's terms. */
  readonly current: string | null;
  readonly threshold: string | null;
  /** Threshold minus current. */
  readonly distance: string | null;
  /** Whether the last trade meets all conditions, filters left aside. */
  readonly holds: boolean;
}

/** What is known of the moment. Times are epoch ms. */
export interface Moment {
  /** The symbol's last trade, with what is known of it. */
  readonly last: Snapshot | undefined;
  /** The newest event time of any symbol. */
  readonly watermark: number;
  readonly graceMs: number;
  /** Whether the rule has an alert in the last trade's window. */
  readonly fired: boolean;
  /** Whether its alerts of that day are spent where the symbol stands, see `maxAlertsPerDay`; false by default. */
  readonly daySpent?: boolean;
}

/** Explains a rule by its symbol's last trade; pure. */
export function explain(rule: Rule, moment: Moment): Explanation {
  const { last } = moment;
  const conditions = rule.conditions.map((condition) => explained(condition, last));
  return {
    ...verdictOf(rule, moment, conditions),
    conditions,
    ...comparedBy(rule, last?.trade),
    holds: last !== undefined && holdsAt(rule, last),
  };
}

function explained(condition: Condition, last: Snapshot | undefined): ExplainedCondition {
  const { scale } = MEASURES[condition.measure];
  const units = last && measuredUnits(condition, last);
  return {
    when: formatCondition(condition),
    measured: units === undefined ? null : formatUnits(units, scale),
    distance: units === undefined ? null : formatUnits(condition.value - units, scale),
    holds: last !== undefined && conditionHolds(condition, last),
    missing: units !== undefined ? null : missingOf(condition, last),
  };
}

/** Why a measure has no value. */
export function missingOf(condition: Condition, last: Snapshot | undefined): string {
  const { measure, params } = condition;
  if (last === undefined) return "no trade of the symbol has been seen";
  const need = needOf(condition);
  if (need !== "reference" && need !== "candles") {
    return last.trade.origin === "polled"
      ? "the price was asked for by REST, which does not say it"
      : "the feed has not given it";
  }
  if (need === "reference" && last.reference === undefined) {
    return "there is no reference of the day: tickbell reference update";
  }
  const progress = MEASURES[measure].progress?.(last, params);
  if (progress !== undefined && progress.have < progress.want) {
    return `${progress.have} of ${progress.want} ${progress.of}`;
  }
  if (need === "candles") return "nothing is known that it could be reckoned from";
  return `the reference has ${last.reference?.candles.length} daily candles, those of ${
    params[0]
  } are needed`;
}

function verdictOf(
  rule: Rule,
  { last, watermark, graceMs, fired, daySpent = false }: Moment,
  conditions: readonly ExplainedCondition[],
): Pick<Explanation, "verdict" | "reason"> {
  const say = (verdict: RuleVerdict, reason: string) => ({ verdict, reason });
  if (fired) {
    return say(
      "fired",
      rule.repeat === "once"
        ? "It has fired and fires once: pause and resume it, or change it, and it fires again"
        : "It has fired in this window, and fires once a window",
    );
  }
  if (!rule.enabled) return say("paused", "It is paused: resume it");
  if (rule.expiresAt !== null && rule.expiresAt <= watermark) {
    return say("expired", "It has expired: give it a later expiresAt");
  }
  if (last === undefined) return say("no_trade", "No trade of the symbol has been seen");
  const { trade } = last;
  if (trade.eventTime < watermark - graceMs) {
    return say("late", "The symbol's last trade is too old; the market has gone on");
  }
  if (trade.halted === "Y") {
    return say("halted", "Trading in the symbol is halted: such trades never fire");
  }
  if ((trade.session ?? "0") !== "0") {
    return say("auction", "The last price is an auction's expected price: such prices never fire");
  }
  const session = marketSessionOf(trade);
  if (rule.sessions !== null && !rule.sessions.includes(session)) {
    return say(
      "other_session",
      `The last trade is of the session ${session}, the rule counts ${rule.sessions.join(", ")}`,
    );
  }
  const unknown = conditions.filter(({ missing }) => missing !== null);
  if (unknown.length > 0) {
    return say("not_known", unknown.map(({ when, missing }) => `${when}: ${missing}`).join("; "));
  }
  const unmet = conditions.filter(({ holds }) => !holds);
  if (unmet.length > 0) {
    const which = conditions.length === 1
      ? ""
      : `: ${unmet.map(({ when, measured }) => `${when} is ${measured}`).join("; ")}`;
    return say("waiting", `The last trade does not meet the condition${which}`);
  }
  if (daySpent) {
    return say(
      "met",
      "The last trade meets it, but its alerts of the day are spent: it fires again tomorrow",
    );
  }
  if (rule.on === "crossing") {
    return say(
      "met",
      "The last trade meets it: it fires when a trade comes to meet it after one that does not",
    );
  }
  return trade.eventTime <= rule.updatedAt
    ? say("met", "The last trade meets it, but was before the rule: the next such trade fires it")
    : say("met", "The last trade meets it: the alert is on its way");
}

/** What a rule compares in its kind's terms: a fall of a rule that goes down is positive. */
function comparedBy(
  { kind, value, direction }: Rule,
  trade: Trade | undefined,
): Pick<Explanation, "current" | "threshold" | "distance"> {
  if (kind === "condition" || value === null) return { current: null, threshold: null, distance: null };
  const scale = scaleOf(kind);
  const signed = trade && signedUnits(kind, trade);
  if (signed === undefined) return { current: null, threshold: value, distance: null };
  const current = direction === "down" ? 0 - signed : direction === "either" ? Math.abs(signed) : signed;
  const distance = Math.round(Number(value) * 10 ** scale) - current;
  return { current: formatUnits(current, scale), threshold: value, distance: formatUnits(distance, scale) };
}

function signedUnits(kind: ShorthandKind, trade: Trade): number | undefined {
  switch (kind) {
    case "price_limit":
      return undefined;
    case "target_price":
      return trade.price;
    case "change_rate":
      return Math.round(trade.rate * 10 ** scaleOf(kind));
    case "day_change":
      return trade.change;
  }
}
