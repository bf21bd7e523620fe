import {
  type Comparator,
  type Direction,
  type Locale,
  type RuleKind,
  scaleOf,
  type Trigger,
} from "../../rules/rule.ts";
import type { Condition } from "../../rules/condition.ts";
import { InputIssues } from "../../rules/input_issues.ts";
import type { Repeat } from "../../rules/repeat.ts";
import { formatWhen, parseWhen } from "../../rules/when.ts";
import { parseUnits } from "../../market/decimal.ts";
import type { TextKey } from "../i18n/ko.ts";
import type { ApiReadLine } from "../../control/client/types.ts";
import type { RuleBody, ShownRule } from "../api/types.ts";

/** The rule form's content, as it was typed. */
export interface RuleDraft {
  /** A code or a name. */
  readonly symbol: string;
  readonly kind: RuleKind;
  /** The conditions as text, where the kind is `condition`. */
  readonly when: string;
  readonly on: Trigger;
  /** "": as the stream's windows are. */
  readonly repeat: Repeat | "";
  readonly direction: Direction;
  readonly comparator: Comparator;
  readonly value: string;
  readonly recipients: string;
  readonly locale: Locale;
  readonly note: string;
  /** As `<input type="datetime-local">` gives it, read as the time in Seoul; "" for never. */
  readonly expires: string;
}

/** The fields of the form, as errors name them. */
export type DraftField = keyof RuleDraft;

/** What is wrong before the server is asked: a text for each field. */
export type DraftFaults = Partial<Record<DraftField, TextKey>>;

/** A form for a new rule. */
export function emptyDraft(symbol: string, recipients: string, locale: Locale): RuleDraft {
  return {
    symbol,
    kind: "target_price",
    when: "",
    on: "level",
    repeat: "",
    direction: "either",
    comparator: "gte",
    value: "",
    recipients,
    locale,
    note: "",
    expires: "",
  };
}

/** A form that shows a rule. */
export function draftOf(rule: ShownRule): RuleDraft {
  return {
    symbol: rule.symbol ?? "",
    kind: rule.kind,
    when: rule.kind === "condition" ? formatWhen(rule.conditions) : "",
    on: rule.on,
    repeat: rule.repeat ?? "",
    direction: rule.direction ?? "either",
    comparator: rule.comparator ?? "gte",
    value: rule.value ?? "",
    recipients: rule.recipients.join("\n"),
    locale: rule.locale,
    note: rule.note,
    expires: rule.expiresAt === null ? "" : seoulLocal(rule.expiresAt),
  };
}

/**
 * A form filled with what a line was read as; undefined when it is not the whole of a rule for one symbol, so that nobody
 * saves less than was said.
 */
export function readDraft(read: ApiReadLine, before: RuleDraft): RuleDraft | undefined {
  const { rule, rest } = read;
  if (rule?.symbol === undefined || rest.length > 0 || rule.sessions !== null) return undefined;
  const { symbol, when, on, repeat } = rule;
  return { ...before, symbol, kind: "condition", when, on, repeat: repeat ?? "" };
}

/** The symbol a text means: a code, or a name as it is listed. */
export function resolveSymbol(
  text: string,
  listed: Iterable<{ readonly symbol: string; readonly name: string; readonly nameEn: string }>,
): string | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return undefined;
  // The list offers "삼성전자 005930": the code at its end decides.
  const code = /(?:^|\s)(q?[0-9a-z]{6})$/.exec(wanted)?.[1]?.toUpperCase();
  let byName: string | undefined;
  for (const one of listed) {
    if (one.symbol === code) return one.symbol;
    if (one.name.toLowerCase() === wanted || one.nameEn.toLowerCase() === wanted) byName ??= one.symbol;
  }
  return byName;
}

/** Finds what can be known without the server; the server's word is the last. */
export function checkDraft(draft: RuleDraft, symbol: string | undefined): DraftFaults {
  const faults: DraftFaults = {};
  if (draft.symbol.trim() === "") faults.symbol = "form.required";
  else if (symbol === undefined) faults.symbol = "form.unknown";
  if (splitRecipients(draft.recipients).length === 0) faults.recipients = "form.required";
  const valueFault = checkValue(draft);
  if (valueFault !== undefined) faults.value = valueFault;
  if (draft.kind === "condition") {
    if (draft.when.trim() === "") faults.when = "form.required";
    else if (conditionsIn(draft) === undefined) faults.when = "form.when.fault";
  }
  return faults;
}

function checkValue(draft: RuleDraft): TextKey | undefined {
  if (draft.kind === "price_limit" || draft.kind === "condition") return undefined;
  const text = plainNumber(draft.value);
  if (text === "") return "form.required";
  const read = parseUnits(text, scaleOf(draft.kind));
  if ("fault" in read) {
    if (read.fault !== "too_many_decimals") return "form.number";
    return draft.kind === "change_rate" ? "form.decimals.rate" : "form.decimals.price";
  }
  if (draft.kind !== "target_price" && draft.direction === "either" && read.units < 0) return "form.negative";
  return undefined;
}

/** The conditions that a draft's text says; undefined while it says none. */
export function conditionsIn(draft: Pick<RuleDraft, "when">): readonly Condition[] | undefined {
  return parseWhen(draft.when, "when", new InputIssues());
}

/** What is sent to the API: every field of the condition, so that a change of kind takes the old kind's fields back. */
export function bodyOf(draft: RuleDraft, symbol: string): RuleBody {
  return {
    symbol,
    ...waitsOf(draft),
    on: draft.on,
    repeat: draft.repeat === "" ? null : draft.repeat,
    recipients: splitRecipients(draft.recipients),
    locale: draft.locale,
    note: draft.note.trim(),
    expiresAt: draft.expires === "" ? null : new Date(`${draft.expires}+09:00`).toISOString(),
  };
}

/** Either the text of the conditions, or the kind and its fields. */
function waitsOf(draft: RuleDraft): Pick<RuleBody, "when" | "kind" | "comparator" | "value" | "direction"> {
  const { kind, when } = draft;
  if (kind === "condition") {
    return { when: when.trim(), kind: null, comparator: null, value: null, direction: null };
  }
  const isLimit = kind === "price_limit";
  return {
    when: null,
    kind,
    direction: kind === "target_price" ? null : draft.direction,
    comparator: isLimit ? null : draft.comparator,
    value: isLimit ? null : plainNumber(draft.value),
  };
}

/** People type separators and signs of units; those are not part of the number. */
function plainNumber(text: string): string {
  return text.replace(/[,\s원%]/g, "");
}

export function splitRecipients(text: string): string[] {
  return text.split(/[,;\s]+/).filter(Boolean);
}

/** 2026-11-23T18:00 in Seoul, for a datetime-local field. */
function seoulLocal(ms: number): string {
  return new Date(ms + 9 * 3_600_000).toISOString().slice(0, 16);
}
