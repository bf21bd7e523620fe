import { MAX_UNITS, parseUnits, RATE_SCALE } from "../decimal.ts";
import type { MarketSession } from "../market_session.ts";
import { isSymbol } from "../symbol.ts";
import { dayOfDate, timeOfHour } from "../seoul_time.ts";
import type { FieldKind, FrameField } from "./fields.ts";

/** A field that could not be read. */
export class FieldFault {
  readonly field: FrameField;
  readonly value: string;
  readonly reason: string;

  constructor(field: FrameField, value: string, reason: string) {
    this.field = field;
    this.value = value;
    this.reason = reason;
  }

  /** `PRDY_CTRT: must be …, got "x"`. */
  toString(): string {
    const shown = this.value.length <= 40 ? this.value : `${this.value.slice(0, 40)}…`;
    return `${this.field.kis}: ${this.reason}, got ${JSON.stringify(shown)}`;
  }
}

const DECIMAL = /^[+-]?\d{1,13}(?:\.\d{1,15})?$/;
/** A whole number as KIS writes it where it means a decimal: 248000.00. */
const WHOLE_DECIMAL = /^([+-]?\d+)\.0+$/;
/** The kinds that are numbers: 248000.00 is 248000 there, whether or not the field decides. */
const WRITTEN_OTHERWISE: ReadonlySet<FieldKind> = new Set<FieldKind>([
  "price",
  "base_price",
  "change",
  "count",
  "difference",
  "rate",
  "decimal",
]);
const MAX_DIGITS = 15;
/** The commonest codes, known without a pattern. */
const DIGITS: ReadonlySet<string> = new Set("0123456789");
const CODE = /^[0-9A-Za-z]{1,3}$/;

type Reader = (text: string) => string | number | undefined;

/** A whole number of at most 15 digits within bounds; digit by digit, because a frame has dozens of them. */
function integer(text: string, min: number, max: number): number | undefined {
  const first = text.charCodeAt(0);
  const signed = first === PLUS || first === MINUS;
  const start = signed ? 1 : 0;
  if (text.length === start || text.length - start > MAX_DIGITS) return undefined;
  let value = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (first === MINUS && value !== 0) value = -value;
  return value >= min && value <= max ? value : undefined;
}

/** Per cent, exact at two decimals; texts with other than two go the long way. */
function rate(text: string): number | undefined {
  const point = text.length - 3;
  if (point > 0 && text.charCodeAt(point) === POINT) {
    const units = integer(text.slice(0, point) + text.slice(point + 1), -MAX_UNITS, MAX_UNITS);
    const before = text.charCodeAt(point - 1) - ZERO;
    if (units !== undefined && before >= 0 && before <= 9) return units / 100;
  }
  const parsed = parseUnits(text, RATE_SCALE);
  return "units" in parsed ? parsed.units / 100 : undefined;
}

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** MARKET_CLS_CODE. */
const SESSIONS: Readonly<Record<string, MarketSession>> = {
  "1": "pre",
  "2": "regular",
  "3": "after",
  "5": "closing",
};
const SESSION_CODES = Object.fromEntries(Object.entries(SESSIONS).map(([code, session]) => [session, code]));

/** What KIS writes where it has no value. */
const ABSENT: ReadonlySet<string> = new Set(["", "(null)"]);

const READERS: Readonly<Record<FieldKind, { readonly read: Reader; readonly must: string }>> = {
  symbol: {
    read: (text) => isSymbol(text) ? text : undefined,
    must: "must be six characters of 0-9 and A-Z, or Q and six digits",
  },
  hour: {
    read: (text) => timeOfHour(text) === undefined ? undefined : text,
    must: "must be a time of day as HHMMSS",
  },
  date: {
    read: (text) => dayOfDate(text) === undefined ? undefined : text,
    must: "must be a date as YYYYMMDD",
  },
  price: {
    read: (text) => integer(text, 0, MAX_UNITS),
    must: `must be a whole number of won from 0 to ${MAX_UNITS}`,
  },
  base_price: {
    read: (text) => integer(text, 1, MAX_UNITS),
    must: `must be a whole number of won from 1 to ${MAX_UNITS}`,
  },
  change: {
    read: (text) => integer(text, -MAX_UNITS, MAX_UNITS),
    must: `must be a whole number of won from -${MAX_UNITS} to ${MAX_UNITS}`,
  },
  count: {
    read: (text) => integer(text, 0, Number.MAX_SAFE_INTEGER),
    must: "must be a whole number from 0, of at most 15 digits",
  },
  difference: {
    read: (text) => integer(text, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    must: "must be a whole number of at most 15 digits",
  },
  rate: {
    read: rate,
    must: "must be a decimal with at most 2 places",
  },
  decimal: {
    read: (text) => DECIMAL.test(text) ? Number(text) + 0 : undefined,
    must: "must be a decimal of at most 15 digits",
  },
  sign: {
    read: (text) => text.length === 1 && text >= "1" && text <= "5" ? text : undefined,
    must: "must be 1 to 5",
  },
  yes_no: {
    read: (text) => text === "Y" || text === "N" ? text : undefined,
    must: "must be Y or N",
  },
  code: {
    read: (text) => DIGITS.has(text) || CODE.test(text) ? text : undefined,
    must: "must be one to three letters or digits",
  },
  market_session: {
    read: (text) => Object.hasOwn(SESSIONS, text) ? SESSIONS[text] : undefined,
    must: "must be 1, 2, 3 or 5",
  },
  text: { read: (text) => text, must: "must be text" },
};

/** Whether a text says that there is no value. */
export function isAbsent(text: string): boolean {
  return ABSENT.has(text) || text.trim() === "";
}

/**
 * Reads a field's text: a number for numeric kinds, the text for the others. Undefined when nothing is there and nothing
 * need be.
 */
export function readField(field: FrameField, text: string): string | number | undefined | FieldFault {
  const reader = READERS[field.kind];
  const value = reader.read(text);
  if (value !== undefined && (field.decides || !ABSENT.has(value as string))) return value;
  if (field.decides && text === "") return new FieldFault(field, text, "must not be empty");
  if (!field.decides && isAbsent(text)) return undefined;
  const again = WRITTEN_OTHERWISE.has(field.kind) ? reader.read(plainNumber(text)) : undefined;
  if (again !== undefined) return again;
  return !field.decides && Number(text) === 0 ? undefined : new FieldFault(field, text, reader.must);
}

/** A number without blanks around it, without a fraction that is nothing but zeros, and with a digit before its point. */
function plainNumber(text: string): string {
  const trimmed = text.trim();
  return WHOLE_DECIMAL.exec(trimmed)?.[1] ?? trimmed.replace(/^([+-]?)\./, "$10.");
}

/** A field's text as KIS writes it: rates with two decimals, integers without a plus sign. */
export function writeField(field: FrameField, value: string | number | undefined): string {
  if (value === undefined) return "";
  if (field.kind === "market_session") return SESSION_CODES[value] ?? "";
  if (typeof value === "string") return value;
  if (field.kind === "rate") return value.toFixed(RATE_SCALE);
  if (field.kind !== "decimal") return String(value);
  if (Number.isInteger(value * 100)) return value.toFixed(2);
  const text = String(value);
  return text.includes("e") ? value.toFixed(15).replace(/0+$/, "") : text;
}
