import { COMPARISON } from "../../alerts/condition_words.ts";
import { formatWhen } from "../../rules/when.ts";
import type { Locale } from "../../rules/rule.ts";
import type { RuleEdit, ShownRule } from "../api/types.ts";

/** A condition of a rule on the price, as the chart draws it. */
export interface PriceLevel {
  /** Unique among the levels: the rule's id and which of its conditions. */
  readonly id: string;
  readonly rule: ShownRule;
  readonly condition: number;
  readonly price: number;
  readonly title: string;
}

/** The levels of rules: each condition on the price is one. */
export function priceLevels(rules: readonly ShownRule[], locale: Locale): readonly PriceLevel[] {
  return rules.filter(({ enabled }) => enabled).flatMap((rule) =>
    rule.conditions.flatMap(({ measure, comparator, value }, condition) =>
      measure === "price"
        ? [{
          id: `${rule.id}/${condition}`,
          rule,
          condition,
          price: value,
          title: COMPARISON[locale][comparator],
        }]
        : []
    )
  );
}

/** The rule as it is when a level's price is another, for display and trials. */
export function ruleAtPrice({ rule, condition }: PriceLevel, price: number): ShownRule {
  const conditions = rule.conditions.map((each, at) => at === condition ? { ...each, value: price } : each);
  return rule.kind === "target_price"
    ? { ...rule, conditions, value: String(price) }
    : { ...rule, conditions };
}

/** More lines than this are a wall before the candles, and a chart that is drawn slowly. */
const MOST_LEVELS = 24;

/** Further away nothing is reached today (price limits), and its label would stand at the chart's edge for nothing. */
const FURTHEST = 0.35;

/** The levels that are drawn: those that are near, of many the nearest; of equal prices the first stands for all. */
export function drawnLevels(levels: readonly PriceLevel[], price: number | undefined): readonly PriceLevel[] {
  const one = [...Map.groupBy(levels, (level) => level.price).values()].map(([first]) => first as PriceLevel);
  if (price === undefined) return one.slice(0, MOST_LEVELS);
  const away = (level: PriceLevel) => Math.abs(level.price - price);
  return one.filter((level) => away(level) <= FURTHEST * price)
    .sort((a, b) => away(a) - away(b)).slice(0, MOST_LEVELS);
}

/** What is sent to the API to change a level's price. */
export function priceChange(level: PriceLevel, price: number): RuleEdit {
  const { kind, conditions } = ruleAtPrice(level, price);
  return kind === "target_price" ? { value: String(price) } : { when: formatWhen(conditions) };
}
