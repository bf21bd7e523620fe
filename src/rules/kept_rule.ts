import type { Rule } from "./rule.ts";

/** What keeps many rules as bytes: an arena. */
export interface RuleKeeper {
  /** The rule at a place, made anew each time. */
  ruleAt(at: number): Rule;
}

/** A rule that is kept so: only where it is. */
export interface KeptRule {
  readonly arena: RuleKeeper;
  readonly at: number;
}

/** Where a rule is kept; undefined: it is an object by itself. Apart from the arena, which a page that tries rules needs not. */
export function keptRule(rule: Rule): KeptRule | undefined {
  return "arena" in rule ? rule as Rule & KeptRule : undefined;
}
