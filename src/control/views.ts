import type { Alert } from "../alerts/alert.ts";
import type { SymbolDirectory } from "../market/directory.ts";
import { formatInstant } from "../rules/parse_instant.ts";
import type { Rule } from "../rules/rule.ts";
import { publicRuleId } from "../rules/tenancy.ts";
import type { AlertViewBody } from "./schemas/alert.ts";
import type { RuleViewBody } from "./schemas/rule.ts";

/** A rule as the API answers it: its tenant's own id, times in ISO 8601. */
export function ruleView(rule: Rule, directory: SymbolDirectory): RuleViewBody {
  return {
    id: publicRuleId(rule.tenant, rule.id),
    tenant: rule.tenant,
    symbol: rule.symbol,
    name: directory.get(rule.symbol)?.name ?? null,
    kind: rule.kind,
    comparator: rule.comparator,
    value: rule.value,
    direction: rule.direction,
    recipients: [...rule.recipients],
    channels: [...rule.channels],
    locale: rule.locale,
    note: rule.note,
    labels: { ...rule.labels },
    enabled: rule.enabled,
    expiresAt: rule.expiresAt === null ? null : formatInstant(rule.expiresAt),
    version: rule.version,
    createdAt: formatInstant(rule.createdAt),
    updatedAt: formatInstant(rule.updatedAt),
  };
}

/** An alert as the API answers it. */
export function alertView(alert: Alert): AlertViewBody {
  return {
    ...alert,
    id: publicRuleId(alert.tenant, alert.id),
    ruleId: publicRuleId(alert.tenant, alert.ruleId),
    recipients: [...alert.recipients],
    channels: [...alert.channels],
    eventTime: formatInstant(alert.eventTime),
    windowStart: formatInstant(alert.windowStart),
    windowEnd: formatInstant(alert.windowEnd),
  };
}
