import { outOfReach } from "../../market/reach.ts";
import { dateOf } from "../../market/seoul_time.ts";
import type { SecurityKind } from "../../market/reference.ts";
import type { Trade } from "../../market/trade.ts";
import { type Condition, sameCondition } from "../../rules/condition.ts";
import { conditionHolds, measuredUnits, MEASURES, needOf } from "../../rules/measures.ts";
import { InputIssues } from "../../rules/input_issues.ts";
import { parseWhen } from "../../rules/when.ts";
import { snapshotOf } from "../../rules/snapshot.ts";
import type { ShownRule } from "../api/types.ts";
import type { Listed } from "./market.ts";

/** What a condition measures now. */
export interface ConditionNow {
  /** In units of the measure's scale; undefined while it is not known here. */
  readonly units: number | undefined;
  readonly holds: boolean;
}

/** What each condition measures on the last trade. */
export function conditionsNow(
  conditions: readonly Pick<Condition, "measure" | "params" | "comparator" | "value">[],
  trade: Trade | undefined,
): readonly ConditionNow[] {
  if (trade === undefined) return conditions.map(() => ({ units: undefined, holds: false }));
  const at = snapshotOf(trade);
  return conditions.map((condition) => ({
    units: measuredUnits(condition, at),
    holds: conditionHolds(condition, at),
  }));
}

/** Whether a rule's conditions are met already: it would fire at once, which is asked before it is made. */
export function isMet(conditions: readonly Condition[], trade: Trade | undefined): boolean {
  return conditions.length > 0 && conditionsNow(conditions, trade).every(({ holds }) => holds);
}

/** A condition that no trade of today can meet, or none ever; undefined: it can be met. */
export type ReachAdvice = { readonly code: "never_reached" | "not_today"; readonly bound?: number };

/** Whether a condition on price, change or rate is outside of the symbol's limits. */
export function reachOf(
  { measure, comparator, value }: Condition,
  { listed, trade, now }: {
    readonly listed: Listed;
    readonly trade: Trade | undefined;
    readonly now: number;
  },
): ReachAdvice | undefined {
  if (trade === undefined || (measure !== "price" && measure !== "rate" && measure !== "change")) {
    return undefined;
  }
  const towards = comparator === "gt" || comparator === "gte" ? "up" : "down";
  const known = {
    kind: listed.type as SecurityKind,
    name: listed.name,
    date: dateOf(now),
    basePrice: trade.price - trade.change,
    listedOn: null,
    liquidation: false,
    upperLimit: null,
    lowerLimit: null,
  };
  const found = outOfReach({ of: measure, towards, value: value / 10 ** MEASURES[measure].scale }, known);
  return found && { code: found.code };
}

/** A rule that stands already and says the same of the same symbols. */
export function sameRule(
  rules: readonly ShownRule[],
  draft: {
    readonly symbols: readonly string[];
    readonly market: string | undefined;
    readonly conditions: readonly Condition[];
    readonly on: string;
    readonly id: string | undefined;
  },
): ShownRule | undefined {
  return rules.find((rule) => {
    if (rule.id === draft.id || rule.on !== draft.on) return false;
    const symbols = rule.symbol === null ? rule.symbols ?? [] : [rule.symbol];
    const sameTarget = draft.market !== undefined
      ? rule.market === draft.market
      : symbols.length === draft.symbols.length && symbols.every((symbol) => draft.symbols.includes(symbol));
    return sameTarget && rule.conditions.length === draft.conditions.length &&
      rule.conditions.every((condition) => draft.conditions.some((other) => sameCondition(condition, other)));
  });
}

/** Whether trades and candles alone say what a text's conditions measure, so that the page can try them. */
export function isPreviewable(when: string): boolean {
  const conditions = parseWhen(when, "when", new InputIssues());
  return conditions?.every((condition) => ["trade", "candles"].includes(needOf(condition))) ?? false;
}
