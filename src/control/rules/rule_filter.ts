import type { z } from "@hono/zod-openapi";
import { isListedOn, type SymbolDirectory } from "../../market/directory.ts";
import { kindNamed } from "../../rules/parse_shorthand.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { RuleFilter } from "../schemas/rule.ts";

/** Whether a rule is among those that are asked for. */
export function ruleFilter(
  query: z.output<typeof RuleFilter>,
  directory: SymbolDirectory,
): (rule: Rule) => boolean {
  const kind = query.kind === undefined ? undefined : kindNamed(query.kind);
  const labels = labelTests(query.label);
  const text = query.text?.toLowerCase();
  const includes = (value: string | undefined) => value !== undefined && value.toLowerCase().includes(text!);
  return (rule) =>
    (query.symbol === undefined || isFor(rule, query.symbol, directory)) &&
    (kind === undefined || rule.kind === kind) &&
    (query.enabled === undefined || rule.enabled === (query.enabled === "true")) &&
    (query.recipient === undefined || rule.recipients.includes(query.recipient)) &&
    (query.owner === undefined || labelOf(rule, "owner") === query.owner) &&
    labels.every(([name, value]) => {
      const own = labelOf(rule, name);
      return own !== undefined && (value === undefined || own === value);
    }) &&
    (text === undefined || includes(publicRuleId(rule.tenant, rule.id)) || includes(rule.note) ||
      symbolsOf(rule).some((symbol) =>
        includes(symbol) || includes(directory.get(symbol)?.name) || includes(directory.get(symbol)?.nameEn)
      ));
}

/** Whether a rule is for a symbol, by name or by its market. */
function isFor(rule: Rule, symbol: string, directory: SymbolDirectory): boolean {
  if (rule.market === null) return symbolsOf(rule).includes(symbol);
  const listed = directory.get(symbol);
  return rule.market === "*" || (listed !== undefined && isListedOn(listed, rule.market));
}

function labelOf(rule: Rule, name: string): string | undefined {
  return Object.hasOwn(rule.labels, name) ? rule.labels[name] : undefined;
}

/** `team=desk-1,urgent` as tests: a name, and a value where one is given. */
function labelTests(label: string | undefined): [string, string | undefined][] {
  if (label === undefined) return [];
  return label.split(",").map((test) => test.trim()).filter(Boolean).map((test) => {
    const at = test.indexOf("=");
    return at < 0 ? [test, undefined] : [test.slice(0, at), test.slice(at + 1)];
  });
}
