import { sameCondition } from "./condition.ts";
import type { RuleDraft } from "./parse_rule.ts";
import type { Rule } from "./rule.ts";

/**
 * When a change arms a rule anew: what it fired before then counts no more, and it may fire at once.
 *
 * @module
 */

/** What of a rule decides when it fires. A list of symbols is left out: each keeps what it has fired. */
type Deciding = Pick<Rule, "symbol" | "market" | "conditions" | "on" | "repeat" | "sessions">;

/** Whether two rules fire on the same trades. */
export function decideTheSame(one: Deciding, other: Deciding): boolean {
  return one.symbol === other.symbol && one.market === other.market && one.on === other.on &&
    one.repeat === other.repeat && sameList(one.sessions, other.sessions) &&
    one.conditions.length === other.conditions.length &&
    one.conditions.every((condition, at) => sameCondition(condition, other.conditions[at]!));
}

/** Whether a change arms a rule: it fires on other trades now, or it fires once and is switched on again. */
export function armsAnew(before: Rule, draft: RuleDraft): boolean {
  if (!decideTheSame(before, draft)) return true;
  return draft.repeat === "once" && draft.enabled && !before.enabled;
}

/** The arming of a rule after a change that makes it a version. */
export function armingOf(
  before: Rule,
  after: { readonly draft: RuleDraft; readonly version: number; readonly at: number },
): Pick<Rule, "armed" | "armedAt"> {
  return armsAnew(before, after.draft)
    ? { armed: after.version, armedAt: after.at }
    : { armed: before.armed, armedAt: before.armedAt };
}

function sameList(one: readonly string[] | null, other: readonly string[] | null): boolean {
  return one === other ||
    (one !== null && other !== null && one.length === other.length &&
      one.every((each, at) => each === other[at]));
}
