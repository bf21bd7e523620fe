import { highOf, lowOf, type SymbolReference } from "../../market/reference.ts";
import type { Param } from "../condition.ts";
import type { MeasureWords, Need, Snapshot } from "./measure.ts";

/** How far back a high or low goes: today, or so many trading days and today. */
export const SPANS = ["day", "20d", "60d", "52w"] as const;
export type Span = typeof SPANS[number];

/** What measures of a span have in common: over today alone the trade suffices. */
export const OF_SPAN = {
  params: [{ name: "span", words: SPANS, default: "day" }],
  need: "reference",
  needOf: (params: readonly Param[]): Need => spanOf(params) === "day" ? "trade" : "reference",
} as const;

/** Words for what has just come to be a new extreme, or not. */
export function newStates(is: string, isNot: string): NonNullable<MeasureWords["states"]> {
  return { "1": { is, becomes: is }, "0": { is: isNot, becomes: isNot } };
}

/** The span of a measure's parameters. */
export function spanOf(params: readonly Param[]): Span {
  return SPANS.find((span) => span === params[0]) ?? "day";
}

/** The highest price of a span before today; 0 for `day`; undefined when the reference does not reach so far. */
export function highBeforeToday(reference: SymbolReference | undefined, span: Span): number | undefined {
  if (span === "day") return 0;
  return reference && highOf(reference, span);
}

/** The lowest price of a span before today; Infinity for `day`. */
export function lowBeforeToday(reference: SymbolReference | undefined, span: Span): number | undefined {
  if (span === "day") return Infinity;
  return reference && lowOf(reference, span);
}

/** The span's highest price up to this trade, today included; undefined while it has no value. */
export function highNow({ trade, reference }: Snapshot, span: Span): number | undefined {
  const before = highBeforeToday(reference, span);
  if (before === undefined) return undefined;
  return Math.max(before, trade.high, trade.price);
}

/** The span's lowest price up to this trade, today included; undefined while it has no value. */
export function lowNow({ trade, reference }: Snapshot, span: Span): number | undefined {
  const before = lowBeforeToday(reference, span);
  if (before === undefined) return undefined;
  return Math.min(before, trade.low > 0 ? trade.low : trade.price, trade.price);
}
