import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { MAX_UNITS } from "./decimal.ts";
import {
  type DailyCandle,
  MARKET_WARNINGS,
  MAX_DAILY_CANDLES,
  SECURITY_KINDS,
  type SymbolReference,
} from "./reference.ts";
import { dayOfDate } from "./seoul_time.ts";
import { isSymbol } from "./symbol.ts";

const price = z.number().int().min(0).max(MAX_UNITS);
const DATE = "must be a date as YYYYMMDD";
const date = z.string().refine(isDate, DATE);
const datedPrice = z.object({ price, date });
/**
 * As a list each, a third as long as with names: date, open, high, low, close, volume. Checked by hand: a restart reads
 * hundreds of thousands of them, and of each the schema's objects would be a dozen.
 */
const candles = z.custom<readonly unknown[]>(Array.isArray, "must be a list")
  .refine((list) => list.length <= MAX_DAILY_CANDLES, `must be ${MAX_DAILY_CANDLES} at most`)
  .transform((list, context) =>
    list.map((values, index) => {
      const wrong = wrongPlace(values);
      if (wrong === undefined) return candleOf(values as CandleValues);
      const { message, path } = wrong;
      context.addIssue({ code: "custom", message, path: [index, ...path] });
      return z.NEVER;
    })
  );

type CandleValues = readonly [string, number, number, number, number, number];

function candleOf(values: CandleValues): DailyCandle {
  return {
    date: values[0],
    open: values[1],
    high: values[2],
    low: values[3],
    close: values[4],
    volume: values[5],
  };
}

/** Where the list of a candle is not what it must be. */
function wrongPlace(values: unknown): { message: string; path: readonly number[] } | undefined {
  if (!Array.isArray(values) || values.length !== 6) {
    return { message: "must be a list of date, open, high, low, close, volume", path: [] };
  }
  if (!isDate(values[0])) return { message: DATE, path: [0] };
  for (let place = 1; place < values.length; place++) {
    const most = place < 5 ? MAX_UNITS : Number.MAX_SAFE_INTEGER;
    const value: unknown = values[place];
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > most) {
      return { message: `must be a whole number from 0 to ${most}`, path: [place] };
    }
  }
  return undefined;
}

function isDate(value: unknown): value is string {
  return typeof value === "string" && dayOfDate(value) !== undefined;
}

/** The shape of a reference on its topic. Unknown keys are dropped: a newer writer may write more. */
const schema: z.ZodType<SymbolReference> = z.object({
  symbol: z.string().refine(isSymbol, "must be a symbol's code"),
  date,
  name: z.string().min(1).max(400),
  nameEn: z.string().max(400).nullable().default(null),
  market: z.enum(["KOSPI", "KOSDAQ"]),
  kind: z.enum(SECURITY_KINDS),
  basePrice: price.nullable().default(null),
  halted: z.boolean().default(false),
  liquidation: z.boolean().default(false),
  administrative: z.boolean().default(false),
  warning: z.enum(MARKET_WARNINGS).default("none"),
  masterDate: date.nullable().default(null),
  listedOn: date.nullable().default(null),
  nxt: z.boolean().nullable().default(null),
  upperLimit: price.nullable().default(null),
  lowerLimit: price.nullable().default(null),
  high52w: datedPrice.nullable().default(null),
  low52w: datedPrice.nullable().default(null),
  candles: candles.default([]),
});

/** A reference as it is written to the `reference` topic. */
export function encodeReference(reference: SymbolReference): string {
  const candles = reference.candles.map(({ date, open, high, low, close, volume }) =>
    [date, open, high, low, close, volume] as const
  );
  return JSON.stringify({ ...reference, candles });
}

/** How the line of a reference begins in a recording, among frames and trades. */
export const REFERENCE_LINE = '{"kind":"reference",';

/** A reference as a line of a recording. */
export function referenceLine(reference: SymbolReference): string {
  return REFERENCE_LINE + encodeReference(reference).slice(1);
}

/**
 * A reference read from the `reference` topic.
 *
 * @throws {InputError} code `bad_reference`: not UTF-8, not JSON, or not a reference, with every field that is wrong
 *   (of a candle the first).
 */
export function decodeReference(bytes: Uint8Array): SymbolReference {
  const parsed = schema.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  throw new InputError(
    "bad_reference",
    parsed.error.issues.map(({ path, message }) => ({
      field: path.join("."),
      code: "bad_field",
      reason: message,
    })),
  );
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new InputError("bad_reference", [{ field: "", code: "not_json", reason: "must be JSON in UTF-8" }]);
  }
}
