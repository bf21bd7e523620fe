import { InputError } from "../core/errors.ts";
import { InputIssues, isFields } from "./input_issues.ts";
import { isRuleId, readDraft } from "./parse_rule.ts";
import { writtenCondition } from "./read_conditions.ts";
import type { Rule } from "./rule.ts";
import { isTenant, publicRuleId, storedRuleId } from "./tenancy.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Keys on the rules topic that begin with this are the control role's own records, never rules. */
export const RESERVED_KEY = "~";

/** Whether a record of the rules topic is a rule's: the others are passed over by everyone but the control role. */
export function isRuleKey(key: string): boolean {
  return !key.startsWith(RESERVED_KEY);
}

/**
 * A rule as it is written on the rules topic: JSON, fields in a fixed order. What is not written has its default, so a
 * rule that says no more than rules once could is written as it was then.
 */
export function encodeRule(rule: Rule): string {
  return JSON.stringify(
    {
      id: rule.id,
      tenant: rule.tenant,
      symbol: rule.symbol ?? undefined,
      symbols: rule.symbols ?? undefined,
      market: rule.market ?? undefined,
      kind: rule.kind,
      comparator: rule.comparator,
      value: rule.value,
      direction: rule.direction,
      conditions: rule.kind === "condition" ? rule.conditions.map(writtenCondition) : undefined,
      on: rule.on === "level" ? undefined : rule.on,
      repeat: rule.repeat ?? undefined,
      sessions: rule.sessions ?? undefined,
      maxAlertsPerDay: rule.maxAlertsPerDay ?? undefined,
      recipients: rule.recipients,
      channels: rule.channels,
      locale: rule.locale,
      note: rule.note,
      labels: rule.labels,
      enabled: rule.enabled,
      expiresAt: rule.expiresAt,
      version: rule.version,
      armed: rule.armed === 1 ? undefined : rule.armed,
      armedAt: rule.armedAt === rule.createdAt ? undefined : rule.armedAt,
      createdAt: rule.createdAt,
      updatedAt: rule.updatedAt,
    } satisfies Record<keyof Rule, unknown>,
  );
}

/**
 * A rule from a record of the rules topic.
 *
 * @throws {InputError} code `bad_rule` when the bytes are not a whole rule.
 */
export function decodeRule(bytes: Uint8Array): Rule {
  const input = decodeJson(bytes);
  const issues = new InputIssues();
  if (!isFields(input)) throw notARule("must be an object", input);
  const tenant = isTenant(input.tenant) ? input.tenant : undefined;
  if (tenant === undefined) issues.refuse("tenant", "bad_tenant", "must be a tenant's name", input.tenant);
  const armed = input.armed ?? 1;
  const armedAt = input.armedAt ?? input.createdAt;
  requireWhole("version", input.version, 1, issues);
  requireWhole("armed", armed, 1, issues);
  requireWhole("armedAt", armedAt, 0, issues);
  requireWhole("createdAt", input.createdAt, 0, issues);
  requireWhole("updatedAt", input.updatedAt, 0, issues);
  const stored = typeof input.id === "string" && tenant !== undefined ? input.id : undefined;
  if (stored === undefined) issues.refuse("id", "bad_id", "must be a text", input.id);
  const id = stored === undefined ? "unknown" : publicRuleId(tenant!, stored);
  if (stored !== undefined && (!isRuleId(id) || storedRuleId(tenant!, id) !== stored)) {
    issues.refuse("id", "bad_id", "must be a rule's id, with its tenant before it", stored);
  }
  // Field by field, for there may be a million: spreading objects costs more than all the checks.
  const draft = readDraft(input, issues);
  issues.throwIfAny("bad_rule");
  const { version, createdAt, updatedAt } = input as {
    version: number;
    createdAt: number;
    updatedAt: number;
  };
  const { symbol, symbols, market, conditions, kind, comparator, value, direction } = draft!;
  const { on, repeat, sessions, maxAlertsPerDay } = draft!;
  const { recipients, channels, locale, note, labels, enabled, expiresAt } = draft!;
  return {
    id: stored!,
    tenant: tenant!,
    symbol,
    symbols,
    market,
    conditions,
    kind,
    comparator,
    value,
    direction,
    on,
    repeat,
    sessions,
    maxAlertsPerDay,
    recipients,
    channels,
    locale,
    note,
    labels,
    enabled,
    expiresAt,
    version,
    armed: armed as number,
    armedAt: armedAt as number,
    createdAt,
    updatedAt,
  };
}

function requireWhole(field: string, value: unknown, least: number, issues: InputIssues): void {
  if (Number.isSafeInteger(value) && value as number >= least) return;
  issues.refuse(field, "not_an_integer", "must be a whole number", value);
}

function decodeJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
    // The strict one takes three times as long; it is asked when there may be something to refuse.
    if (text.includes("\ufffd")) text = strictUtf8.decode(bytes);
  } catch {
    throw notARule("must be UTF-8", `${bytes.length} bytes`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw notARule("must be JSON", text.slice(0, 200));
  }
}

function notARule(reason: string, value: unknown): InputError {
  return new InputError("bad_rule", [{ field: "", code: "bad_rule", reason, value }]);
}
