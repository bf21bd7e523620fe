import { draftOf, type RuleDraft } from "../../rules/parse_rule.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";

/** A rule as a draft, with the id that its tenant knows. */
export function publicDraft(rule: Rule): RuleDraft {
  return { ...draftOf(rule), id: publicRuleId(rule.tenant, rule.id) };
}
