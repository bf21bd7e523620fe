import { InputError } from "../core/errors.ts";
import { MAX_UNITS } from "./decimal.ts";
import { isSymbol } from "./symbol.ts";
import type { Trade } from "./trade.ts";
import { parseWithNumberForms } from "./number_forms.ts";

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

/** Optional keys with a fixed type; a value of another type is left out, save `session`, which decides what fires. */
const OPTIONAL_TEXTS: ReadonlySet<string> = new Set(["venue", "session", "side"]);
const OPTIONAL_NUMBERS: ReadonlySet<string> = new Set(["strength", "weightedAverage", "viBase", "turnover"]);

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one record of the `trades` topic, strictly; the engine accepts and refuses exactly the same records.
 *
 * Keys may come in any order, of a key that stands twice the last counts, unknown keys are kept when they hold a text
 * or a number and skipped otherwise.
 *
 * @throws InputError `bad_trade`, with one issue for each field that is missing or wrong (`not_utf8`, `not_json`,
 * `not_an_object`, `too_deep`, `missing_field`, `bad_field`).
 */
export function decodeTrade(bytes: Uint8Array): Trade {
  const { values, formOf } = parseWithNumberForms(textOf(bytes), MAX_DEPTH, refuse);
  const issues = [];
  const trade: Record<string, string | number> = {};
  for (const [field, check] of Object.entries(CHECKS)) {
    const value = values[field];
    if (!Object.hasOwn(values, field)) {
      issues.push({ field, code: "missing_field", reason: "is missing" });
      continue;
    }
    const reason = check(value, formOf(field));
    if (reason === undefined) trade[field] = typeof value === "number" ? value + 0 : value as string;
    else issues.push({ field, code: "bad_field", reason, value });
  }
  if (Object.hasOwn(values, "session") && typeof values.session !== "string") {
    issues.push({ field: "session", code: "bad_field", reason: "must be a string", value: values.session });
  }
  if (issues.length > 0) throw new InputError("bad_trade", issues, "Cannot read a trade");
  for (const [field, value] of Object.entries(values)) {
    if (Object.hasOwn(CHECKS, field) || field === "__proto__") continue;
    const isText = typeof value === "string" && !OPTIONAL_NUMBERS.has(field);
    const isNumber = typeof value === "number" && !OPTIONAL_TEXTS.has(field);
    if (isText || isNumber) trade[field] = value as string | number;
  }
  return trade as unknown as Trade;
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
