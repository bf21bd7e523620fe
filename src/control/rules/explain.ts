import type { Trade } from "../../market/trade.ts";
import { formatUnits, RATE_SCALE } from "../../market/decimal.ts";
import { holds } from "../../rules/snapshot.ts";
import { type Rule, scaleOf } from "../../rules/rule.ts";

/** Why a rule has or has not fired in this window. */
export interface Explanation {
  readonly verdict:
    | "fired"
    | "waiting"
    | "met"
    | "paused"
    | "expired"
    | "no_trade"
    | "halted"
    | "auction"
    | "late";
  readonly reason: string;
  /** What the rule compares of the last trade; null for price_limit or without a trade. */
  readonly current: string | null;
  readonly threshold: string | null;
  /** Threshold minus current: how far the value has to go. */
  readonly distance: string | null;
  /** Whether the last trade meets the condition, filters left aside. */
  readonly holds: boolean;
}

/** What is known of the moment. Times are epoch ms. */
export interface Moment {
  readonly lastTrade: Trade | undefined;
  /** The newest event time of any symbol. */
  readonly watermark: number;
  readonly windowMs: number;
  readonly graceMs: number;
  /** Whether the rule has an alert in the last trade's window. */
  readonly fired: boolean;
}

/** Explains a rule by its last trade; pure. */
export function explain(rule: Rule, moment: Moment): Explanation {
  const { lastTrade: trade } = moment;
  const met = trade !== undefined && holds(rule, trade);
  const current = trade === undefined ? undefined : measured(rule, trade);
  const scale = scaleOf(rule.kind);
  const threshold = rule.value;
  const distance = current === undefined || threshold === null
    ? null
    : formatUnits(Math.round(Number(threshold) * 10 ** scale) - current, scale);
  return {
    ...verdictOf(rule, moment, met),
    current: current === undefined ? null : formatUnits(current, scale),
    threshold,
    distance,
    holds: met,
  };
}

function verdictOf(rule: Rule, moment: Moment, met: boolean): Pick<Explanation, "verdict" | "reason"> {
  const { lastTrade: trade, watermark, graceMs, fired } = moment;
  if (fired) return { verdict: "fired", reason: "It has fired in this window, and fires once a window" };
  if (!rule.enabled) return { verdict: "paused", reason: "It is paused: resume it" };
  if (rule.expiresAt !== null && rule.expiresAt <= watermark) {
    return { verdict: "expired", reason: "It has expired: give it a later expiresAt" };
  }
  if (trade === undefined) return { verdict: "no_trade", reason: "No trade of the symbol has been seen" };
  if (trade.eventTime < watermark - graceMs) {
    return {
      verdict: "late",
      reason: "The symbol's last trade is too old; the market has gone on",
    };
  }
  if (trade.halted === "Y") {
    return { verdict: "halted", reason: "Trading in the symbol is halted: such trades never fire" };
  }
  if ((trade.session ?? "0") !== "0") {
    return {
      verdict: "auction",
      reason: "The last price is an auction's expected price: such prices never fire",
    };
  }
  if (!met) return { verdict: "waiting", reason: "The last trade does not meet the condition" };
  return trade.eventTime <= rule.updatedAt
    ? {
      verdict: "met",
      reason: "The last trade meets it, but was before the rule: the next such trade fires it",
    }
    : { verdict: "met", reason: "The last trade meets it: the alert is on its way" };
}

/** The number that a rule compares, in units of its kind's scale; undefined for price_limit. */
export function measured(rule: Rule, trade: Trade): number | undefined {
  switch (rule.kind) {
    case "price_limit":
      return undefined;
    case "target_price":
      return trade.price;
    case "change_rate":
      return towards(rule, Math.round(trade.rate * 10 ** RATE_SCALE));
    case "day_change":
      return towards(rule, trade.change);
  }
}

function towards(rule: Rule, signed: number): number {
  if (rule.direction === "up" || signed === 0) return signed;
  return rule.direction === "down" ? -signed : Math.abs(signed);
}
