import type { RuleDraft } from "./parse_rule.ts";
import type { Rule } from "./rule.ts";

/**
 * A rule at its first version, of what a caller said: for whoever keeps rules without the control API.
 *
 * @param options.id used where the draft chose none.
 * @param options.now epoch ms.
 */
export function makeRule(
  draft: RuleDraft,
  options: { readonly id: string; readonly now: number; readonly tenant?: string },
): Rule {
  const { id, now, tenant = "default" } = options;
  return {
    ...draft,
    id: draft.id ?? id,
    tenant,
    version: 1,
    armed: 1,
    armedAt: now,
    createdAt: now,
    updatedAt: now,
  };
}
