import type { RuleDraft } from "./parse_rule.ts";
import type { Rule } from "./rule.ts";
import { formatWhen } from "./when.ts";

/**
 * When a change arms a rule anew: what it fired before then counts no more, and it may fire at once.
 *
 * @module
 */

/** What of a rule decides when it fires. A list of symbols is left out: each keeps what it has fired. */
type Deciding = Pick<Rule, "symbol" | "market" | "conditions" | "on" | "repeat" | "sessions">;

/** What decides when a rule fires, as one text: two rules with the same fire on the same trades. */
export function decidingText(rule: Deciding): string {
  const { symbol, market, conditions, on, repeat, sessions } = rule;
  return JSON.stringify([symbol, market, formatWhen(conditions), on, repeat, sessions]);
}

/** Whether a change arms a rule: it fires on other trades now, or it fires once and is switched on again. */
function armsAnew(before: Rule, draft: RuleDraft): boolean {
  if (decidingText(before) !== decidingText(draft)) return true;
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
