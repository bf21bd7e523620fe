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
const date = z.string().refine((text) => dayOfDate(text) !== undefined, "must be a date as YYYYMMDD");
const datedPrice = z.object({ price, date });
/** As a list, a third as long as with names: date, open, high, low, close, volume. */
const candle = z.tuple([date, price, price, price, price, z.number().int().min(0)])
  .transform(([date, open, high, low, close, volume]): DailyCandle => ({
    date,
    open,
    high,
    low,
    close,
    volume,
  }));

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
  candles: z.array(candle).max(MAX_DAILY_CANDLES).default([]),
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
 * @throws {InputError} code `bad_reference`: not UTF-8, not JSON, or not a reference, with every field that is wrong.
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
