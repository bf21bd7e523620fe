import { InputError, type InputIssue } from "../core/errors.ts";
import { MAX_UNITS } from "./decimal.ts";
import { isSymbol } from "./symbol.ts";
import { encodeRequired } from "./encode_trade.ts";
import { type ParsedObject, parseWithNumberForms } from "./number_forms.ts";
import { type Trade, TRADE_KEYS } from "./trade.ts";

/** Event times at or after 2100-01-01T00:00:00Z are refused: nothing real is there, and it bounds the window numbers. */
export const MAX_EVENT_TIME = 4_102_444_800_000;
/** Objects and arrays may stand in each other at most this deep, the trade itself included. */
export const MAX_DEPTH = 64;

const WHOLE = /^(?:0|[1-9][0-9]*)$/;
const SIGNED = /^-?(?:0|[1-9][0-9]*)$/;
const RATE = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]{1,2})?$/;

type Check = (value: unknown, form: string | undefined) => string | undefined;

const price = whole(MAX_UNITS, "a price in won, an integer from 0 to 2000000000");
const count = whole(Number.MAX_SAFE_INTEGER, "an integer from 0 to 9007199254740991");

/** For each required key what is wrong with a value, or undefined. */
const CHECKS: Readonly<Record<string, Check>> = {
  symbol: (value) => isSymbol(value) ? undefined : 'must be a code of six characters such as "005930"',
  eventTime: whole(MAX_EVENT_TIME - 1, "epoch milliseconds before the year 2100"),
  price,
  sign: (value) => typeof value === "string" && /^[1-5]$/.test(value) ? undefined : 'must be "1" to "5"',
  change: (value, form) =>
    form !== undefined && SIGNED.test(form) && Math.abs(value as number) <= MAX_UNITS
      ? undefined
      : "must be an integer from -2000000000 to 2000000000, without fraction or exponent",
  rate: (value, form) =>
    form !== undefined && RATE.test(form) && Math.abs(value as number) <= MAX_UNITS / 100
      ? undefined
      : "must be a number in per cent with at most 2 decimals and no exponent",
  open: price,
  high: price,
  low: price,
  volume: count,
  accVolume: count,
  accValue: count,
  ask: price,
  bid: price,
  halted: (value) => value === "Y" || value === "N" ? undefined : 'must be "Y" or "N"',
};

const REQUIRED = Object.entries(CHECKS);

/** Optional keys with a fixed type; a value of another type is left out, save `session`, which decides what fires. */
const OPTIONAL_TEXTS: ReadonlySet<string> = new Set(["venue", "session", "side", "marketSession", "origin"]);
const OPTIONAL_NUMBERS: ReadonlySet<string> = new Set(["strength", "weightedAverage", "viBase", "turnover"]);

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one record of the `trades` topic, strictly; the engine accepts and refuses exactly the same records.
 *
 * Keys may come in any order, of a key that stands twice the last counts, unknown keys are kept when they have a text
 * or a number and skipped otherwise.
 *
 * @throws InputError `bad_trade`, with one issue for each field that is missing or wrong (`not_utf8`, `not_json`,
 * `not_an_object`, `too_deep`, `missing_field`, `bad_field`).
 */
export function decodeTrade(bytes: Uint8Array): Trade {
  const text = textOf(bytes);
  const canonical = parseCanonical(text);
  const { values, formOf } = canonical ?? parseWithNumberForms(text, MAX_DEPTH, refuse);
  const issues = issuesOf(values, formOf);
  if (issues.length > 0) throw new InputError("bad_trade", issues, "Cannot read a trade");
  const others = Object.keys(values).filter((field) => !Object.hasOwn(CHECKS, field));
  if (canonical !== undefined && others.every((field) => isKept(field, values[field]))) {
    return values as Trade;
  }
  const trade: Record<string, unknown> = {};
  for (const field of TRADE_KEYS) trade[field] = withoutMinusZero(values[field]);
  for (const field of others) if (isKept(field, values[field])) trade[field] = values[field];
  return trade as Trade;
}

function issuesOf(values: ParsedObject["values"], formOf: ParsedObject["formOf"]): InputIssue[] {
  const issues: InputIssue[] = [];
  for (const [field, check] of REQUIRED) {
    const value = values[field];
    const reason = check(value, formOf(field));
    if (reason === undefined) continue;
    if (Object.hasOwn(values, field)) issues.push({ field, code: "bad_field", reason, value });
    else issues.push({ field, code: "missing_field", reason: "is missing" });
  }
  if (Object.hasOwn(values, "session") && typeof values.session !== "string") {
    issues.push({ field: "session", code: "bad_field", reason: "must be a string", value: values.session });
  }
  return issues;
}

/** Whether a key that a trade need not have is taken over. */
function isKept(field: string, value: unknown): boolean {
  if (field === "__proto__") return false;
  if (typeof value === "string") return !OPTIONAL_NUMBERS.has(field);
  return typeof value === "number" && !OPTIONAL_TEXTS.has(field);
}

function withoutMinusZero(value: unknown): unknown {
  return typeof value === "number" ? value + 0 : value;
}

/** A required key, or an escape in which one could hide, or something nested. */
const NOT_PLAIN = new RegExp(`[\\\\[{]|"(?:${TRADE_KEYS.join("|")})"`);

/**
 * Reads a record that is written just as `encodeTrade` writes it, several times as fast: when the values, written again,
 * are the text that was read, the forms of the numbers need no look. Undefined for any other record.
 */
function parseCanonical(text: string): ParsedObject | undefined {
  if (!text.startsWith('{"symbol":"')) return undefined;
  let values: Record<string, string | number>;
  try {
    values = JSON.parse(text);
  } catch {
    return undefined;
  }
  const required = encodeRequired(values as unknown as Trade);
  if (!text.startsWith(required) || NOT_PLAIN.test(text.slice(required.length))) return undefined;
  return {
    values,
    formOf: (field) => typeof values[field] === "number" ? String(values[field]) : undefined,
  };
}

function whole(max: number, what: string): Check {
  return (value, form) =>
    form !== undefined && WHOLE.test(form) && (value as number) <= max
      ? undefined
      : `must be ${what}, without fraction or exponent`;
}

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return refuse("not_utf8", "must be UTF-8");
  }
}

function refuse(code: string, reason: string): never {
  throw new InputError("bad_trade", [{ field: "", code, reason }], "Cannot read a trade");
}
