import { InputIssues, isFields } from "./input_issues.ts";
import { parsePolicy, type RulePolicy } from "./parse_rule_policy.ts";
import { parseTarget, type RuleTarget } from "./parse_rule_target.ts";
import { parseConditions, type RuleConditions } from "./parse_rule_conditions.ts";
import { parseChannels, parseRecipients } from "./parse_rule_recipients.ts";
import { parseInstant } from "./parse_instant.ts";
import { writtenCondition } from "./read_conditions.ts";
import { type ChannelName, type Locale, LOCALES, type Rule } from "./rule.ts";
import { characterCount, closestWord, hasUnsafeCharacters } from "./text_checks.ts";

/** What a caller says of a rule; the rest of {@link Rule} is ours to give. */
export interface RuleDraft extends RuleTarget, RuleConditions, RulePolicy {
  /** Absent: an id is given. */
  readonly id?: string;
  readonly recipients: readonly string[];
  readonly channels: readonly ChannelName[];
  readonly locale: Locale;
  readonly note: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  /** Epoch ms, or null. */
  readonly expiresAt: number | null;
}

/** A field as a caller may name it: two are other ways to say the conditions. */
export type DraftField = keyof RuleDraft | "when" | "condition";

/** The fields a caller may give. */
const DRAFT_FIELDS = namesOf<DraftField>({
  id: true,
  symbol: true,
  symbols: true,
  market: true,
  when: true,
  conditions: true,
  kind: true,
  comparator: true,
  value: true,
  condition: true,
  direction: true,
  on: true,
  repeat: true,
  sessions: true,
  maxAlertsPerDay: true,
  recipients: true,
  channels: true,
  locale: true,
  note: true,
  labels: true,
  enabled: true,
  expiresAt: true,
});

/** The fields of a rule that are ours to give. */
const SERVER_FIELDS = namesOf<Exclude<keyof Rule, DraftField>>({
  tenant: true,
  version: true,
  armed: true,
  armedAt: true,
  createdAt: true,
  updatedAt: true,
});

/** Names in their order; one that is missing or is none does not compile. */
function namesOf<Name extends string>(names: Record<Name, true>): readonly Name[] {
  return Object.keys(names) as Name[];
}

/** The most labels a rule may have. */
const MAX_LABELS = 20;
/** The most characters of a note or a label's value. */
const MAX_NOTE = 200;

const RULE_ID = /^[A-Za-z0-9._-]{1,64}$/;
// Begins with a letter or digit, so that no label is called __proto__.
const LABEL_KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;

/** How {@link parseRule} treats its input. */
export interface ParseRuleOptions {
  /** Stands before the fields' names in issues, e.g. `[3]`. */
  readonly prefix?: string;
  /** What is done with {@link SERVER_FIELDS}: refused (default), or let pass unread. */
  readonly serverFields?: "refuse" | "ignore";
}

/** Whether a text can be a rule's id, as callers choose them. */
export function isRuleId(text: unknown): text is string {
  return typeof text === "string" && RULE_ID.test(text);
}

/**
 * Reads a rule as a caller wrote it.
 *
 * @param input what JSON.parse gave; never changed, and nothing but its own fields is read.
 * @throws {InputError} code `bad_rule`, with every issue: an unknown field, a missing one, a value that is refused.
 *
 * @example
 * ```ts
 * import { assert } from "../core/errors.ts";
 * import { parseRule } from "./parse_rule.ts";
 * const rule = parseRule({ symbol: "005930", kind: "목표가", condition: "53200|미만", recipients: ["a@example.com"] });
 * assert(rule.kind === "target_price" && rule.comparator === "lt" && rule.value === "53200", "as the original said it");
 * ```
 */
export function parseRule(input: unknown, options: ParseRuleOptions = {}): RuleDraft {
  const issues = new InputIssues(options.prefix);
  if (!isFields(input)) {
    issues.refuse("", "not_an_object", "must be an object with the fields of a rule", input);
    issues.throwIfAny("bad_rule");
  }
  const fields = ownFields(input as Record<string, unknown>);
  refuseUnknown(fields, options.serverFields ?? "refuse", issues);
  const id = parseId(fields.id, issues);
  const draft = readDraft(fields, issues);
  if (draft !== undefined) refuseNegativeFall(draft, fields, issues);
  issues.throwIfAny("bad_rule");
  return id === undefined ? draft! : { id, ...draft! };
}

/**
 * Who writes -3 with direction "down" means a fall of 3, and would get the opposite. Rules that stand on a topic are read
 * as they are: this is asked of callers alone.
 */
function refuseNegativeFall(
  { direction, value }: Omit<RuleDraft, "id">,
  fields: Readonly<Record<string, unknown>>,
  issues: InputIssues,
): void {
  if (direction !== "down" || value === null || !value.startsWith("-")) return;
  const reason = `must be 0 or more with direction "down", which compares the fall: for a fall of ` +
    `${value.slice(1)} give ${value.slice(1)}, or ${value} with direction "up"`;
  issues.refuse(fields.condition === undefined ? "value" : "condition", "negative_with_down", reason, value);
}

/**
 * Reads what a rule says, all but its id; undefined when anything was refused. Fields it does not know are left alone.
 *
 * @param fields has nothing to say through its prototype, as JSON.parse's objects.
 */
export function readDraft(
  fields: Readonly<Record<string, unknown>>,
  issues: InputIssues,
): Omit<RuleDraft, "id"> | undefined {
  const before = issues.count;
  const target = parseTarget(fields, issues);
  const conditions = parseConditions(fields, issues);
  const policy = parsePolicy(fields, target, issues);
  const recipients = parseRecipients(fields.recipients, issues);
  const channels = parseChannels(fields.channels, recipients, issues);
  const locale = parseLocale(fields.locale, issues);
  const note = parseText(fields.note, "note", issues);
  const labels = parseLabels(fields.labels, issues);
  const enabled = parseEnabled(fields.enabled, issues);
  const expiresAt = parseExpiry(fields.expiresAt, issues);
  if (issues.count > before) return undefined;
  const { symbol, symbols, market } = target!;
  const { kind, comparator, value, direction } = conditions!;
  const { on, repeat, sessions, maxAlertsPerDay } = policy;
  return {
    symbol,
    symbols,
    market,
    conditions: conditions!.conditions,
    kind,
    comparator,
    value,
    direction,
    on,
    repeat,
    sessions,
    maxAlertsPerDay,
    recipients: recipients!,
    channels: channels!,
    locale,
    note,
    labels,
    enabled,
    expiresAt,
  };
}

/** The fields as a null-prototype object: a field that is not there is undefined, whatever its name. */
function ownFields(input: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const fields = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(input)) fields[name] = input[name];
  return fields;
}

function refuseUnknown(
  fields: Readonly<Record<string, unknown>>,
  serverFields: "refuse" | "ignore",
  issues: InputIssues,
): void {
  for (const name of Object.keys(fields)) {
    if (DRAFT_FIELDS.some((known) => known === name)) continue;
    if (SERVER_FIELDS.some((known) => known === name)) {
      if (serverFields === "refuse") {
        issues.refuse(name, "read_only_field", "is given by the server: leave it out", fields[name]);
      }
      continue;
    }
    const near = closestWord(name, DRAFT_FIELDS);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const field = name.length <= 64 ? name : `${name.slice(0, 64)}…`;
    issues.refuse(field, "unknown_field", `is not a field of a rule${hint}`, fields[name]);
  }
}

function parseId(given: unknown, issues: InputIssues): string | undefined {
  if (given === undefined || isRuleId(given)) return given;
  issues.refuse("id", "bad_id", "must be 1 to 64 characters of A-Z a-z 0-9 . _ -", given);
  return undefined;
}

function parseLocale(given: unknown, issues: InputIssues): Locale {
  if (given === undefined) return "ko";
  const locale = LOCALES.find((known) => known === given);
  if (!locale) issues.refuse("locale", "bad_locale", `must be one of ${LOCALES.join(", ")}`, given);
  return locale ?? "ko";
}

function parseText(given: unknown, field: string, issues: InputIssues): string {
  if (given === undefined) return "";
  if (typeof given !== "string" || characterCount(given) > MAX_NOTE) {
    issues.refuse(field, "bad_text", `must be a text of at most ${MAX_NOTE} characters`, given);
    return "";
  }
  if (hasUnsafeCharacters(given)) {
    const reason = "must be one line without control characters";
    issues.refuse(field, "control_character", reason, given);
  }
  return given;
}

/** Most rules have none: they share this. */
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

function parseLabels(given: unknown, issues: InputIssues): Readonly<Record<string, string>> {
  if (given === undefined) return NO_LABELS;
  if (!isFields(given) || Object.keys(given).length > MAX_LABELS) {
    issues.refuse("labels", "bad_labels", `must be an object of at most ${MAX_LABELS} texts`, given);
    return NO_LABELS;
  }
  const labels: [string, string][] = [];
  for (const key of Object.keys(given)) {
    const field = `labels.${key.slice(0, 64)}`;
    if (!LABEL_KEY.test(key)) {
      const reason = "must have a name of 1 to 63 characters of A-Z a-z 0-9 . _ / -, a letter or digit first";
      issues.refuse(field, "bad_label", reason, key);
    } else if (typeof given[key] !== "string") {
      issues.refuse(field, "bad_text", `must be a text of at most ${MAX_NOTE} characters`, given[key]);
    } else labels.push([key, parseText(given[key], field, issues)]);
  }
  return labels.length === 0 ? NO_LABELS : Object.fromEntries(labels);
}

function parseEnabled(given: unknown, issues: InputIssues): boolean {
  if (given === undefined || typeof given === "boolean") return given ?? true;
  issues.refuse("enabled", "not_a_boolean", "must be true or false", given);
  return true;
}

function parseExpiry(given: unknown, issues: InputIssues): number | null {
  if (given === undefined || given === null) return null;
  return issues.catch(() => parseInstant(given, "expiresAt")) ?? null;
}

/** The draft of a rule that stands: what a caller could have written to get it. */
export function draftOf(rule: Rule): RuleDraft {
  const { tenant: _tenant, version: _version, armed: _armed, armedAt: _armedAt, ...rest } = rule;
  const { createdAt: _createdAt, updatedAt: _updatedAt, ...draft } = rest;
  return draft;
}

/** A draft as a caller writes it: fields of JSON, what the rule waits for in one form. */
export function writtenDraft(draft: RuleDraft): Record<string, unknown> {
  const { symbol, symbols, market, conditions, kind, comparator, value, direction, ...rest } = draft;
  const target = symbol !== null ? { symbol } : symbols !== null ? { symbols } : { market };
  const waits = kind === "condition"
    ? { conditions: conditions.map(writtenCondition) }
    : { kind, comparator, value, direction };
  return { ...target, ...waits, ...rest };
}
