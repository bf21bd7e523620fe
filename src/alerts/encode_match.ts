import { formatUnits } from "../market/decimal.ts";
import type { ListedSymbol, SymbolDirectory } from "../market/directory.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Condition } from "../rules/condition.ts";
import type { Match } from "../rules/evaluation.ts";
import { valuesOf } from "../rules/match_values.ts";
import { MEASURES } from "../rules/measures.ts";
import { windowOf } from "../rules/repeat.ts";
import type { Rule } from "../rules/rule.ts";
import { idOfMatch } from "./alert.ts";

/**
 * The text of a match's alert: `encodeAlert(makeAlert(…))`, byte for byte, without making the alert.
 *
 * @param windowMs the windows' length where the rule does not say one.
 */
export function encodeMatch(match: Match, windowMs: number, directory: SymbolDirectory): string {
  const { rule, symbol, windowStart, price, rate, change, volume, eventTime, marketSession, origin } = match;
  const { end } = windowOf(rule, windowStart, windowMs);
  const values = valuesOf(match);
  const conditions = rule.conditions.map((condition, at) => measured(condition, values[at]));
  const direction = change > 0 ? "up" : change < 0 ? "down" : "flat";
  return `{"id":${quote(idOfMatch(match))},"ruleId":${quote(rule.id)},"ruleVersion":${rule.version}` +
    `,"armed":${rule.armed}${upToValue(rule)}${orNull(rule.value)}${upToConditions(rule)}${
      conditions.join(",")
    }` +
    `${upToSymbol(rule)}${symbol}"${namesOf(symbol, directory.get(symbol))}` +
    `,"direction":"${direction}","price":${price},"rate":${rate},"change":${change},"volume":${volume}` +
    `,"eventTime":${eventTime}${marketSession === undefined ? "" : `,"marketSession":"${marketSession}"`}` +
    `${origin === undefined ? "" : `,"origin":"${origin}"`},"windowStart":${windowStart},"windowEnd":${end}` +
    `${match.closing ? ',"closing":true' : ""}${fromRecipients(rule)}`;
}

/** What an alert says of its rule, behind the rule's arming and before its value. */
export function upToValue(rule: Rule): string {
  return `,"tenant":${quote(rule.tenant)},"kind":"${rule.kind}","comparator":${
    orNull(rule.comparator)
  },"value":`;
}

/** Behind the value, before the first condition. */
export function upToConditions(rule: Rule): string {
  return `,"ruleDirection":${orNull(rule.direction)},"conditions":[`;
}

/** Of a condition, before its value. */
export function upToThreshold({ measure, params, comparator }: Condition): string {
  return `{"measure":"${measure}"${params.length === 0 ? "" : `,"params":${JSON.stringify(params)}`}` +
    `,"comparator":"${comparator}","value":"`;
}

/** Behind the last condition, before the symbol. */
export function upToSymbol(rule: Rule): string {
  return `],"on":"${rule.on}","repeat":${orNull(rule.repeat)},"symbol":"`;
}

/** From the recipients to the end. */
export function fromRecipients(rule: Rule): string {
  return `,"recipients":[${rule.recipients.map(quote).join(",")}]` +
    `,"channels":[${rule.channels.map(quote).join(",")}],"locale":"${rule.locale}","note":${
      quote(rule.note)
    }` +
    `${labelsOf(rule.labels)}}`;
}

/** The symbol's names, behind the symbol. */
export function namesOf(symbol: Symbol, listed: ListedSymbol | undefined): string {
  if (listed === undefined) return `,"name":"${symbol}"`;
  const { name, nameEn } = listed;
  return `,"name":${quote(name)}${nameEn === undefined ? "" : `,"nameEn":${quote(nameEn)}`}`;
}

function measured(condition: Condition, units: number | undefined): string {
  const { scale } = MEASURES[condition.measure];
  return `${upToThreshold(condition)}${formatUnits(condition.value, scale)}"` +
    `${units === undefined ? "" : `,"measured":"${formatUnits(units, scale)}"`}}`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  for (const _ in labels) return `,"labels":${JSON.stringify(labels)}`;
  return "";
}

function orNull(text: string | null): string {
  return text === null ? "null" : quote(text);
}

/** What JSON does not write as it is. */
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}
