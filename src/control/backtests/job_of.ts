import type { z } from "@hono/zod-openapi";
import { type BacktestJob, checkSpan, parseDay } from "../../backtest/job.ts";
import { parseSweep, sweptRules } from "../../backtest/sweep.ts";
import { InputError } from "../../core/errors.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import { referenceOfListed } from "../../market/directory.ts";
import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import { makeRule } from "../../rules/make_rule.ts";
import { parseRule } from "../../rules/parse_rule.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { RuleService } from "../rules/rule_service.ts";
import type { BacktestInput } from "../schemas/backtest.ts";

/** Who would get the messages of a rule that names nobody: nobody gets any. */
const NOBODY = ["backtest@example.com"];
/** Fires that are listed of one backtest: some megabytes. */
const MOST_FIRES = 5_000;

/**
 * What a caller asks for.
 *
 * @throws {InputError} `bad_rule`, `bad_day`, `bad_sweep`, `bad_body`.
 * @throws {HttpProblem} 404: there is no such rule.
 */
export function jobOf(
  input: z.output<typeof BacktestInput>,
  given: {
    readonly tenant: string;
    readonly rules: RuleService;
    readonly directory: SymbolDirectory;
    readonly windowMs: number;
    readonly graceMs: number;
    readonly now: number;
  },
): BacktestJob {
  const { tenant, directory, windowMs, graceMs, now } = given;
  const from = parseDay(input.from, "from");
  const to = input.to === undefined ? seoulDay(now) : parseDay(input.to, "to");
  checkSpan({ from, to }, { from: "from", to: "to" });
  const drafts = (input.rules ?? []).map((rule, index) =>
    parseRule({ recipients: NOBODY, ...rule }, { prefix: `rules[${index}].` })
  );
  given.rules.checks.checkAll(drafts, tenant, true);
  const armedAt = startOfSeoulDay(from);
  const made = drafts.map((draft, index) =>
    makeRule(draft, { id: `rule-${index + 1}`, now: armedAt, tenant })
  );
  const standing = (input.ruleIds ?? []).map((id) => given.rules.get(tenant, id)).map((rule): Rule => ({
    ...rule,
    id: publicRuleId(tenant, rule.id),
    armedAt,
  }));
  const rules = [...made, ...standing].map((rule) => ({ ...rule, enabled: true }));
  if (rules.length === 0) throw refused("rules", "missing", "is missing: give rules, ruleIds or both");
  const twice = rules.find(({ id }, index) => rules.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) throw refused("rules", "duplicate", "has an id twice", twice.id);
  const sweep = input.sweep === undefined ? null : parseSweep(input.sweep, "sweep");
  if (sweep !== null) {
    if (rules.length !== 1) throw refused("sweep", "bad_sweep", "is of one rule", rules.length);
    sweptRules(rules[0] as Rule, sweep, "sweep");
  }
  const symbols = input.symbols ?? null;
  return {
    rules,
    sweep,
    from,
    to,
    symbols,
    references: directory.all().filter(({ symbol }) => symbols?.includes(symbol) ?? true)
      .map((listed) => directory.reference(listed.symbol) ?? referenceOfListed(listed)),
    windowMs,
    graceMs,
    mostFires: MOST_FIRES,
  };
}

function refused(field: string, code: string, reason: string, value?: unknown): InputError {
  const issue = { field, code, reason };
  return new InputError("bad_body", [value === undefined ? issue : { ...issue, value }]);
}
