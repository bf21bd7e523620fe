import { MAX_UNITS } from "../../market/decimal.ts";
import type { SymbolReference } from "../../market/reference.ts";
import type { Trade } from "../../market/trade.ts";
import type { Param } from "../condition.ts";
import type { Minutes } from "./minutes.ts";

/**
 * What a measure is. A measure is a file in this folder and a line in `measures.ts`; parser, oracle, engine, words, form
 * and docs are folds over that table.
 *
 * @module
 */

/** Whether a symbol's trading is interrupted, after the status records of the trades topic. */
export interface SymbolStatus {
  /** A volatility interruption is on. */
  readonly vi: boolean;
  /** Trading is halted. */
  readonly halted: boolean;
}

/** What is known of a symbol at one of its trades, or at a status record, which brings its last trade along. */
export interface Snapshot {
  readonly trade: Trade;
  readonly status: SymbolStatus;
  /** The highest and lowest price of today's counted trades before this one, won; 0: there was none. */
  readonly highBefore: number;
  readonly lowBefore: number;
  /** The reference of the trade's own day; undefined where there is none. */
  readonly reference: SymbolReference | undefined;
  /** The symbol's minutes; undefined where they are not known, or are of another day than the event. */
  readonly minutes: Minutes | undefined;
}

/** What a measure's value comes from, beside the trade itself. */
export type Need = "trade" | "reference" | "status" | "candles";

/** The unit in which a value is written. */
export type Unit = "won" | "percent" | "shares" | "times" | "points" | "flag";

/** How far a measure is from having a value: 3 of 14 candles. */
export interface Progress {
  readonly have: number;
  readonly want: number;
  /** What is counted, in words. */
  readonly of: string;
}

/** A parameter: one of some words, or a whole number of a range. */
export type ParamSpec =
  | { readonly name: string; readonly words: readonly string[]; readonly default?: string }
  | { readonly name: string; readonly min: number; readonly max: number; readonly default?: number };

/** A measure's words in one language. */
export interface MeasureWords {
  /** Short, as in a mail's subject: "등락률". `{0}` stands for the first parameter, `{1}` for the second. */
  readonly name: string;
  /** The name where the last parameter is the interval of a day. */
  readonly daily?: string;
  /** What it is, one line, for forms and docs. */
  readonly help: string;
  /**
   * Of a measure of few values: what a condition on it says, by the values for which it holds ("1", "-1,0"); `becomes`
   * for a rule that fires when it comes to be so.
   */
  readonly states?: Readonly<Record<string, { readonly is: string; readonly becomes: string }>>;
}

/** All there is to say of a measure. */
export interface MeasureSpec {
  readonly params: readonly ParamSpec[];
  /** Decimal places of a value; -4 counts in units of 10,000. */
  readonly scale: number;
  readonly unit: Unit;
  /** The least and the most a threshold may be, in units. */
  readonly min: number;
  readonly max: number;
  readonly need: Need;
  /** Where it depends on the parameters. */
  needOf?(params: readonly Param[]): Need;
  /** Of one that reads minutes: the trading days before today that it looks back; undefined: at none. */
  lookBack?(params: readonly Param[]): number | undefined;
  /** Why parameters that are each in range are refused together. */
  refuse?(params: readonly Param[]): string | undefined;
  /** How far it is from having a value, of one that must gather something first. */
  progress?(at: Snapshot, params: readonly Param[]): Progress;
  /**
   * The value in units of the scale, not yet clamped to what the engine has; undefined while it has no value.
   * Divisions round half away from zero, see {@link ratio}.
   */
  value(at: Snapshot, params: readonly Param[]): number | undefined;
  /** Names under which Korean users know it; the first is what is offered. */
  readonly aliases: readonly string[];
  readonly words: { readonly ko: MeasureWords; readonly en: MeasureWords };
  /** A condition that makes sense: `from_open >= 5`. */
  readonly example: string;
}

/** The thresholds of a measure that may be any number. */
export const ANY = { min: -MAX_UNITS, max: MAX_UNITS } as const;
/** The thresholds of a measure that is never negative. */
export const NOT_NEGATIVE = { min: 0, max: MAX_UNITS } as const;
/** The thresholds of a measure that is 1 or 0. */
export const FLAG = { min: 0, max: 1, unit: "flag", scale: 0 } as const;

/**
 * `numerator / denominator` in units of a scale, half away from zero. Plain doubles in this order: the engine does the
 * same and comes to the same unit.
 *
 * @param denominator greater than 0.
 */
export function ratio(numerator: number, denominator: number, scale: number): number {
  const size = Math.floor(Math.abs(numerator) * 10 ** scale / denominator + 0.5);
  return numerator < 0 && size > 0 ? -size : size;
}

/** `part / whole` in per cent at scale 2; undefined when there is no whole. */
export function percent(part: number, whole: number): number | undefined {
  return whole > 0 ? ratio(part, whole, 4) : undefined;
}

/** A decimal of the feed in units of a scale, half away from zero; undefined where the feed did not give it. */
export function decimalUnits(value: unknown, scale: number): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? ratio(value, 1, scale) : undefined;
}

/** Yesterday's close as the trade says it: 기준가. */
export function baseOf(trade: Trade): number {
  return trade.price - trade.change;
}
