import { InputError, type InputIssue } from "../core/errors.ts";
import { MAX_EVENT_TIME } from "./decode_trade.ts";
import type { Level, Quote } from "./quote.ts";
import { isSymbol } from "./symbol.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Levels on a side, at most: KRX shows ten. */
const MAX_LEVELS = 10;

/**
 * Reads one record of the `quotes` topic. Unknown keys are kept when they have a text or a number and skipped otherwise.
 *
 * @throws {InputError} `bad_quote`, with one issue for each field that is missing or wrong (`not_utf8`, `not_json`,
 * `not_an_object`, `bad_field`).
 */
export function decodeQuote(bytes: Uint8Array): Quote {
  const values = objectOf(bytes);
  const issues: InputIssue[] = [];
  const need = (field: string, ok: boolean, reason: string) => {
    if (!ok) issues.push({ field, code: "bad_field", reason, value: values[field] });
  };
  need("symbol", isSymbol(values.symbol), 'must be a code of six characters such as "005930"');
  need(
    "eventTime",
    isCount(values.eventTime, MAX_EVENT_TIME - 1),
    "must be epoch milliseconds before the year 2100",
  );
  need(
    "asks",
    isSide(values.asks),
    `must be at most ${MAX_LEVELS} levels [price, size] of non-negative integers`,
  );
  need(
    "bids",
    isSide(values.bids),
    `must be at most ${MAX_LEVELS} levels [price, size] of non-negative integers`,
  );
  need("totalAskSize", isCount(values.totalAskSize), "must be a non-negative integer");
  need("totalBidSize", isCount(values.totalBidSize), "must be a non-negative integer");
  if (issues.length > 0) throw new InputError("bad_quote", issues, "Cannot read a quote");
  const { symbol, eventTime, asks, bids, totalAskSize, totalBidSize, ...extra } = values as unknown as Quote;
  const kept = Object.entries(extra).filter(([, value]) =>
    typeof value === "string" || typeof value === "number"
  );
  return { symbol, eventTime, asks, bids, totalAskSize, totalBidSize, ...Object.fromEntries(kept) };
}

function objectOf(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return refuse("not_utf8", "must be UTF-8");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("not_json", "must be JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return refuse("not_an_object", "must be a JSON object");
}

function isCount(value: unknown, max = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function isSide(value: unknown): value is readonly Level[] {
  return Array.isArray(value) && value.length <= MAX_LEVELS &&
    value.every((level) =>
      Array.isArray(level) && level.length === 2 && isCount(level[0]) && isCount(level[1])
    );
}

function refuse(code: string, reason: string): never {
  throw new InputError("bad_quote", [{ field: "", code, reason }], "Cannot read a quote");
}
