import { MARKET_SESSIONS, type MarketSession } from "../../market/market_session.ts";
import { matchName, searchNamesOf } from "../../market/name_search.ts";
import type { RuleMarket } from "../../market/reference.ts";
import { SEOUL_OFFSET_MS } from "../../market/seoul_time.ts";
import type { Comparator, Condition } from "../../rules/condition.ts";
import { InputIssues } from "../../rules/input_issues.ts";
import type { MeasureName } from "../../rules/measures.ts";
import { parseRecipients } from "../../rules/parse_rule_recipients.ts";
import type { Repeat } from "../../rules/repeat.ts";
import { type Locale, MAX_SYMBOLS, type Trigger } from "../../rules/rule.ts";
import { formatWhen, parseWhen } from "../../rules/when.ts";
import type { ApiReadLine } from "../../control/client/types.ts";
import type { RuleBody, ShownRule, TriedRule } from "../api/types.ts";
import type { TextKey } from "../i18n/ko.ts";
import { type ConditionDraft, conditionDraft, newCondition, readConditionDraft } from "./condition_draft.ts";

/** A rule is not tried without a recipient; whose it is makes no difference. */
const NOBODY = "nobody@example.com";

/** Which symbols a rule is for: one, several, or a market's. */
export const SCOPES = ["symbol", "symbols", "market"] as const;
export type DraftScope = typeof SCOPES[number];

/** The rule form's content, as it was typed and chosen. */
export interface FormDraft {
  readonly scope: DraftScope;
  /** A code or a name. */
  readonly symbol: string;
  /** Codes or names, with commas or line breaks between. */
  readonly symbols: string;
  readonly market: RuleMarket | "*";
  /** Whether the conditions are lines of the builder or a text. */
  readonly mode: "builder" | "text";
  readonly conditions: readonly ConditionDraft[];
  readonly when: string;
  readonly on: Trigger;
  /** "": as the stream's windows are. */
  readonly repeat: Repeat | "";
  /** None: all. */
  readonly sessions: readonly MarketSession[];
  readonly maxAlertsPerDay: string;
  readonly recipients: string;
  readonly locale: Locale;
  readonly note: string;
  /** `name=value`, with commas or line breaks between; a value with commas in quotes. */
  readonly labels: string;
  /** As `<input type="datetime-local">` gives it, read as the time in Seoul; "" for never. */
  readonly expires: string;
}

/** The fields of the form at which something can be wrong; conditions by their place. */
export type DraftField = Exclude<keyof FormDraft, "conditions"> | `conditions[${number}]`;

/** What is wrong: a text of the page, or what a check of the rules says, which has a code. */
export type DraftFault = { readonly key: TextKey } | { readonly code: string; readonly reason: string };
export type DraftFaults = Partial<Record<DraftField, DraftFault>>;

/** What the form knows of symbols. */
export type ListedSymbols = Iterable<
  { readonly symbol: string; readonly name: string; readonly nameEn: string }
>;

/** What a form for a new rule begins with. */
export interface DraftStart {
  readonly symbol?: string;
  /** Won: the rule begins as one on this price, `comparator` by where it is. */
  readonly price?: number;
  readonly comparator?: Comparator;
  readonly measure?: MeasureName;
}

/** A form for a new rule. */
export function emptyDraft(start: DraftStart, recipients: string, locale: Locale): FormDraft {
  const { symbol = "", price, comparator = "gte", measure = "price" } = start;
  const first = newCondition(measure, price === undefined ? "" : String(price));
  return {
    scope: "symbol",
    symbol,
    symbols: "",
    market: "*",
    mode: "builder",
    conditions: [{ ...first, comparator }],
    when: "",
    on: "level",
    repeat: "",
    sessions: [],
    maxAlertsPerDay: "",
    recipients,
    locale,
    note: "",
    labels: "",
    expires: "",
  };
}

/** A form that shows a rule. */
export function draftOf(rule: ShownRule): FormDraft {
  const scope = rule.symbol !== null ? "symbol" : rule.symbols !== null ? "symbols" : "market";
  return {
    scope,
    symbol: rule.symbol ?? "",
    symbols: rule.symbols?.join(", ") ?? "",
    market: rule.market ?? "*",
    mode: "builder",
    conditions: rule.conditions.map(conditionDraft),
    when: formatWhen(rule.conditions),
    on: rule.on,
    repeat: rule.repeat ?? "",
    sessions: rule.sessions ?? [],
    maxAlertsPerDay: rule.maxAlertsPerDay === null ? "" : String(rule.maxAlertsPerDay),
    recipients: rule.recipients.join("\n"),
    locale: rule.locale,
    note: rule.note,
    labels: labelsWritten(rule.labels),
    expires: rule.expiresAt === null ? "" : seoulLocal(rule.expiresAt),
  };
}

/**
 * A form filled with what a line was read as; undefined when it is not the whole of a rule, so that nobody saves less than
 * was said.
 */
export function readDraft(read: ApiReadLine, before: FormDraft): FormDraft | undefined {
  const { rule, rest } = read;
  if (rule === null || rest.length > 0 || (rule.symbol ?? rule.market) === undefined) return undefined;
  const { symbol, market, when, on, repeat, sessions } = rule;
  const target = symbol === undefined
    ? { scope: "market" as const, market: market ?? "*" }
    : { scope: "symbol" as const, symbol };
  const text: FormDraft = {
    ...before,
    ...target,
    when,
    mode: "text",
    on,
    repeat: repeat ?? "",
    sessions: sessions ?? [],
  };
  return inMode(text, "builder");
}

/** The same conditions in the other form, what is complete of them; a text that cannot be read stays a text. */
export function inMode(draft: FormDraft, mode: FormDraft["mode"]): FormDraft {
  if (mode === draft.mode) return draft;
  if (mode === "text") {
    const complete = draft.conditions.map(readConditionDraft)
      .flatMap((one) => "condition" in one ? [one.condition] : []);
    return { ...draft, mode, when: complete.length === 0 ? draft.when : formatWhen(complete) };
  }
  // Nothing written yet: the lines are as they were.
  if (draft.when.trim() === "") return { ...draft, mode };
  const { conditions } = conditionsIn(draft);
  return conditions === undefined ? draft : { ...draft, mode, conditions: conditions.map(conditionDraft) };
}

/** The conditions that a draft says, or what is wrong with them. */
export function conditionsIn(
  draft: Pick<FormDraft, "mode" | "when" | "conditions">,
): { readonly conditions?: readonly Condition[]; readonly faults: DraftFaults } {
  if (draft.mode === "text") {
    if (draft.when.trim() === "") return { faults: { when: { key: "form.required" } } };
    const issues = new InputIssues();
    const conditions = parseWhen(draft.when, "when", issues);
    if (conditions !== undefined) return { conditions, faults: {} };
    return { faults: { when: { code: "bad_when", reason: issues.first?.reason ?? "" } } };
  }
  const read = draft.conditions.map(readConditionDraft);
  const faults = Object.fromEntries(
    read.flatMap((one, at) => "fault" in one ? [[`conditions[${at}]`, one.fault]] : []),
  );
  const conditions = read.flatMap((one) => "condition" in one ? [one.condition] : []);
  return conditions.length === read.length ? { conditions, faults } : { faults };
}

/** The symbol a text means: a code, a name, or what is the one that is meant by it. */
export function resolveSymbol(text: string, listed: ListedSymbols): string | undefined {
  const wanted = text.trim();
  if (wanted === "") return undefined;
  // The list offers "삼성전자 005930": the code at its end decides.
  const code = /(?:^|\s)(q?[0-9a-z]{6})$/i.exec(wanted)?.[1]?.toUpperCase();
  let byName: string | undefined;
  for (const one of listed) {
    if (one.symbol === code) return one.symbol;
    if (matchName(wanted, searchNamesOf(one)) === "exact") byName ??= one.symbol;
  }
  return byName;
}

/** The symbols of a draft, and the words that mean none. */
export function targetsOf(
  draft: Pick<FormDraft, "scope" | "symbol" | "symbols">,
  listed: ListedSymbols,
): { readonly symbols: readonly string[]; readonly unknown: readonly string[] } {
  const words = draft.scope === "market"
    ? []
    : draft.scope === "symbol"
    ? [draft.symbol]
    : draft.symbols.split(/[,;\n]+/).map((word) => word.trim());
  const all = [...listed];
  const symbols = new Set<string>();
  const unknown: string[] = [];
  for (const word of words.filter(Boolean)) {
    const symbol = resolveSymbol(word, all);
    if (symbol === undefined) unknown.push(word);
    else symbols.add(symbol);
  }
  return { symbols: [...symbols], unknown };
}

/** Finds what can be known without the server; the server's word is the last. `now` is epoch ms. */
export function checkDraft(
  draft: FormDraft,
  { listed, now }: { listed: ListedSymbols; now: number },
): DraftFaults {
  const faults: DraftFaults = { ...conditionsIn(draft).faults };
  const targets = targetsOf(draft, listed);
  if (draft.scope !== "market") {
    if (targets.unknown.length > 0) faults[draft.scope] = { key: "form.unknown" };
    else if (targets.symbols.length === 0) faults[draft.scope] = { key: "form.required" };
    else if (targets.symbols.length > MAX_SYMBOLS) faults[draft.scope] = { key: "form.toomany" };
  }
  const recipients = recipientFault(draft.recipients);
  if (recipients !== undefined) faults.recipients = recipients;
  if (draft.expires !== "" && seoulTime(draft.expires) <= now) faults.expires = { key: "form.past" };
  if (draft.maxAlertsPerDay.trim() !== "" && !/^[1-9]\d{0,5}$/.test(draft.maxAlertsPerDay.trim())) {
    faults.maxAlertsPerDay = { key: "form.number" };
  }
  if (labelsIn(draft.labels) === undefined) faults.labels = { key: "form.labels.fault" };
  return faults;
}

/** What is sent to the API. Of a draft that {@link checkDraft} finds nothing wrong with. */
export function bodyOf(draft: FormDraft, listed: ListedSymbols): RuleBody {
  const { symbols } = targetsOf(draft, listed);
  const { conditions } = conditionsIn(draft);
  const most = draft.maxAlertsPerDay.trim();
  return {
    ...draft.scope === "market"
      ? { market: draft.market }
      : draft.scope === "symbols"
      ? { symbols: [...symbols] }
      : { symbol: symbols[0] ?? "" },
    when: conditions === undefined ? draft.when : formatWhen(conditions),
    on: draft.on,
    repeat: draft.repeat === "" ? null : draft.repeat,
    sessions: draft.sessions.length === 0
      ? null
      : MARKET_SESSIONS.filter((one) => draft.sessions.includes(one)),
    maxAlertsPerDay: most === "" ? null : Number(most),
    recipients: splitRecipients(draft.recipients),
    locale: draft.locale,
    note: draft.note.trim(),
    labels: labelsIn(draft.labels) ?? {},
    expiresAt: draft.expires === "" ? null : new Date(seoulTime(draft.expires)).toISOString(),
  };
}

/** What a draft is tried with: without what has nothing to do with when it fires; undefined while something is wrong. */
export function triedDraft(
  draft: FormDraft,
  { listed, now }: { listed: ListedSymbols; now: number },
): TriedRule | undefined {
  const recipients = recipientFault(draft.recipients) === undefined ? draft.recipients : NOBODY;
  const tried = { ...draft, recipients, expires: "", labels: "", note: "" };
  return Object.keys(checkDraft(tried, { listed, now })).length === 0 ? bodyOf(tried, listed) : undefined;
}

/** What is wrong with recipients as they are typed. */
function recipientFault(text: string): DraftFault | undefined {
  const recipients = splitRecipients(text);
  if (recipients.length === 0) return { key: "form.required" };
  const issues = new InputIssues();
  parseRecipients(recipients, issues);
  const { first } = issues;
  return first && { code: first.code, reason: first.reason };
}

/** Recipients as they are typed: with commas, semicolons, blanks or line breaks between. */
export function splitRecipients(text: string): string[] {
  return text.split(/[,;\s]+/).filter(Boolean);
}

/** Labels as they are typed; undefined when one has no name. A value in quotes may have commas. */
function labelsIn(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  const parts = text.match(/(?:="(?:[^"\\]|\\.)*"|[^,\n])+/g) ?? [];
  for (const part of parts.map((word) => word.trim()).filter(Boolean)) {
    const [, name, value = ""] = /^([A-Za-z0-9][A-Za-z0-9._/-]{0,62})(?:=(.*))?$/.exec(part) ?? [];
    if (name === undefined) return undefined;
    labels[name] = unquoted(value.trim());
  }
  return labels;
}

function labelsWritten(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${/[",]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value}`)
    .join(", ");
}

function unquoted(value: string): string {
  const [, text] = /^"((?:[^"\\]|\\.)*)"$/.exec(value) ?? [];
  return text === undefined ? value : text.replace(/\\(.)/g, "$1");
}

/** 2026-11-23T18:00 in Seoul, for a datetime-local field. */
function seoulLocal(ms: number): string {
  return new Date(ms + SEOUL_OFFSET_MS).toISOString().slice(0, 16);
}

function seoulTime(local: string): number {
  return Date.parse(`${local}+09:00`);
}
