import { InputError, type InputIssue } from "../../core/errors.ts";
import { isFields } from "../../rules/input_issues.ts";
import { draftOf, isRuleId, parseRule, type RuleDraft } from "../../rules/parse_rule.ts";
import type { Rule } from "../../rules/rule.ts";
import { storedRuleId } from "../../rules/tenancy.ts";
import { newRuleId } from "../http/rule_id.ts";
import type { RuleService } from "../rules/rule_service.ts";
import { withoutView } from "../rules/without_view.ts";
import type { ImportLine } from "./lines.ts";

/** A line that can be carried out. */
export interface Work {
  readonly line: number;
  /** As the tenant knows it. */
  readonly id: string;
  readonly key: string;
  /** Undefined: the rule is to be deleted. */
  readonly draft: RuleDraft | undefined;
}

/** What reading a line needs. */
export interface ReadingOptions {
  readonly tenant: string;
  /** Before the fields in what is wrong: `line 3`. */
  readonly prefix: string;
  readonly rules: Pick<RuleService, "checks">;
  readonly now: () => number;
  /** The id of a line that brings none, the same when the import is repeated. */
  readonly idFor?: (line: number) => string;
}

/** @throws {InputError} for a line that is no rule. */
export function readRule({ line, input }: ImportLine, given: ReadingOptions): Work {
  const { tenant, prefix, rules, idFor, now } = given;
  const draft = parseRule(withoutView(input), { prefix, serverFields: "ignore" });
  const issues = rules.checks.check(draft, tenant, `${prefix}.`);
  if (issues.length > 0) throw new InputError("bad_rule", issues);
  const id = draft.id ?? idFor?.(line) ?? newRuleId(now());
  return { line, id, key: storedRuleId(tenant, id), draft };
}

/** @throws {InputError} for a line that is no id. */
export function readDeletion({ line, input }: ImportLine, { tenant, prefix }: ReadingOptions): Work {
  const id = typeof input === "string" ? input : isFields(input) ? input.id : undefined;
  if (isRuleId(id)) return { line, id, key: storedRuleId(tenant, id), draft: undefined };
  const reason = "must have the id of a rule";
  throw new InputError("bad_rule", [{ field: `${prefix}.id`, code: "bad_id", reason, value: id }]);
}

/** Whether a rule already is what a draft says. */
export function sameRule(rule: Rule, draft: RuleDraft): boolean {
  const { id: _id, ...standing } = draftOf(rule);
  const { id: _own, ...wanted } = draft;
  return canonical(standing) === canonical(wanted);
}

function canonical(draft: Omit<RuleDraft, "id">): string {
  const labels = Object.entries(draft.labels).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify(Object.entries({ ...draft, labels }).sort(([a], [b]) => a < b ? -1 : 1));
}

/** An id that another rule has. */
export function taken(work: Work): InputIssue {
  const reason = "is the id of another rule";
  return { field: `line ${work.line}.id`, code: "id_taken", reason, value: work.id };
}

/** A rule keeps its symbol. */
export function symbolFixed(work: Work): InputIssue {
  const reason = "cannot be changed: delete the rule and make another";
  return { field: `line ${work.line}.symbol`, code: "symbol_fixed", reason, value: work.draft?.symbol };
}

/** The id of a line that is refused, where it has one. */
export function idOf(input: unknown): string | null {
  const id = isFields(input) ? input.id : input;
  return isRuleId(id) ? id : null;
}
