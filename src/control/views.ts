import type { z } from "@hono/zod-openapi";
import { encodeBase64 } from "hono/utils/encode";
import type { Alert } from "../alerts/alert.ts";
import { maskedRecipient } from "../rules/channels.ts";
import type { RecipientSettings } from "../alerts/recipient_settings.ts";
import type { SymbolReference } from "../market/reference.ts";
import { symbolWarnings } from "../market/symbol_warnings.ts";
import type { ReferenceView } from "./schemas/market.ts";
import type { SymbolDirectory } from "../market/directory.ts";
import type { StoredLogGap } from "../books/log_gap_book.ts";
import { missedOf } from "../ports/log_gap.ts";
import type { StoredDeadLetter } from "../books/dead_letters.ts";
import type { Param } from "../rules/condition.ts";
import { formatInstant } from "../rules/parse_instant.ts";
import { writtenCondition } from "../rules/read_conditions.ts";
import { formatWhen } from "../rules/when.ts";
import type { Rule } from "../rules/rule.ts";
import { publicRuleId } from "../rules/tenancy.ts";
import type { KnownDelivery } from "./alerts/delivery_index.ts";
import type { AlertViewBody } from "./schemas/alert.ts";
import type { DeadLetterDetail, DeadLetterView, LogGapView, SuppressionView } from "./schemas/operations.ts";
import type { RuleViewBody } from "./schemas/rule.ts";

/** A rule as the API answers it: its tenant's own id, times in ISO 8601. */
export function ruleView(rule: Rule, directory: SymbolDirectory): RuleViewBody {
  return {
    id: publicRuleId(rule.tenant, rule.id),
    tenant: rule.tenant,
    symbol: rule.symbol,
    symbols: rule.symbols === null ? null : [...rule.symbols],
    market: rule.market,
    name: rule.symbol === null ? null : directory.get(rule.symbol)?.name ?? null,
    when: formatWhen(rule.conditions),
    conditions: rule.conditions.map(writtenCondition).map(({ params, ...condition }) => ({
      ...condition,
      ...paramsView(params),
    })),
    kind: rule.kind,
    comparator: rule.comparator,
    value: rule.value,
    direction: rule.direction,
    on: rule.on,
    repeat: rule.repeat,
    sessions: rule.sessions === null ? null : [...rule.sessions],
    maxAlertsPerDay: rule.maxAlertsPerDay,
    recipients: [...rule.recipients],
    channels: [...rule.channels],
    locale: rule.locale,
    note: rule.note,
    labels: { ...rule.labels },
    enabled: rule.enabled,
    expiresAt: rule.expiresAt === null ? null : formatInstant(rule.expiresAt),
    version: rule.version,
    armed: rule.armed,
    armedAt: formatInstant(rule.armedAt),
    createdAt: formatInstant(rule.createdAt),
    updatedAt: formatInstant(rule.updatedAt),
  };
}

/** A rule as a line of an export: what it waits for in one form only, so that a line can be edited. */
export function exportedRule(rule: Rule, directory: SymbolDirectory): Partial<RuleViewBody> {
  const { when, conditions: _conditions, kind, comparator, value, direction, ...rest } = ruleView(
    rule,
    directory,
  );
  return kind === "condition" ? { ...rest, when } : { ...rest, kind, comparator, value, direction };
}

/** The parameters of a measure that has some. */
function paramsView(params: readonly Param[] | undefined): { params?: Param[] } {
  return params === undefined ? {} : { params: [...params] };
}

/** An alert as the API answers it. */
export function alertView(alert: Alert): AlertViewBody {
  return {
    ...alert,
    id: publicRuleId(alert.tenant, alert.id),
    ruleId: publicRuleId(alert.tenant, alert.ruleId),
    recipients: alert.recipients.map(maskedRecipient),
    channels: [...alert.channels],
    eventTime: formatInstant(alert.eventTime),
    windowStart: formatInstant(alert.windowStart),
    windowEnd: alert.windowEnd === null ? null : formatInstant(alert.windowEnd),
    conditions: alert.conditions.map(({ params, ...condition }) => ({ ...condition, ...paramsView(params) })),
  };
}

/** A dead letter in a list. */
export function deadLetterView(letter: StoredDeadLetter): z.output<typeof DeadLetterView> {
  const { id, key, code, reason, role, origin, headers, bytes, at, redrivenAt } = letter;
  return {
    id: String(id),
    at: formatInstant(Math.max(0, at)),
    key,
    code,
    reason,
    role,
    origin,
    recipient: headers.recipient === undefined ? null : maskedRecipient(headers.recipient),
    size: bytes.length,
    redrivenAt: redrivenAt === null ? null : formatInstant(redrivenAt),
  };
}

/** A gap in what was read of the event log. */
export function logGapView(gap: StoredLogGap): z.output<typeof LogGapView> {
  const { id, topic, partition, from, to, reason, detail, group, at, acknowledgedAt } = gap;
  return {
    id,
    topic,
    partition,
    from,
    to,
    missed: missedOf(gap),
    reason,
    detail,
    group: group ?? null,
    at: formatInstant(at),
    acknowledgedAt: acknowledgedAt === undefined ? null : formatInstant(acknowledgedAt),
  };
}

/** A dead letter whole. */
export function deadLetterDetail(letter: StoredDeadLetter): z.output<typeof DeadLetterDetail> {
  const { bytes, headers } = letter;
  return {
    ...deadLetterView(letter),
    text: textOf(bytes),
    base64: encodeBase64(new Uint8Array(bytes).buffer),
    headers: { ...headers },
  };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A recipient's settings as the API answers them. */
export function recipientView(settings: RecipientSettings): z.output<typeof SuppressionView> {
  const { recipient, suppression, quietHours, updatedAt } = settings;
  return {
    recipient,
    suppression: suppression === null ? null : { ...suppression, at: formatInstant(suppression.at) },
    quietHours,
    updatedAt: formatInstant(updatedAt),
  };
}

/** A delivery as the API answers it. */
export function deliveryView(delivery: KnownDelivery) {
  const { recipient, channel, state, attempts, at, code, reason, retryAt, providerId, transport, digestId } =
    delivery;
  return {
    recipient: maskedRecipient(recipient),
    channel,
    state,
    attempts,
    at: formatInstant(at),
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAt === undefined ? {} : { retryAt: formatInstant(retryAt) }),
    ...(providerId === undefined ? {} : { providerId }),
    ...(transport === undefined ? {} : { transport }),
    ...(digestId === undefined ? {} : { digestId }),
  };
}

/** What is known of a symbol, as the API answers it; null: nothing yet. */
export function referenceView(reference: SymbolReference | undefined): z.output<typeof ReferenceView> | null {
  if (reference === undefined) return null;
  const { date, nxt, upperLimit, lowerLimit, high52w, low52w, listedOn } = reference;
  const states = symbolWarnings(reference).map((state) => ({ ...state }));
  return { date, states, nxt, upperLimit, lowerLimit, high52w, low52w, listedOn };
}
