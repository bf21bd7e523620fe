import { InputError } from "../core/errors.ts";
import { dayOfDate } from "../market/seoul_time.ts";
import type { SymbolReference } from "../market/reference.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Rule } from "../rules/rule.ts";
import type { BacktestReport } from "./report.ts";
import type { Sweep } from "./sweep.ts";

/** What a backtest over stored prices is asked for. Plain data: it is handed to a worker. */
export interface BacktestJob {
  readonly rules: readonly Rule[];
  /** Of the one rule there is then. */
  readonly sweep: Sweep | null;
  /** Days in Seoul, inclusive. */
  readonly from: number;
  readonly to: number;
  /** Whose trades are read; null: every symbol's that the rules may be for. */
  readonly symbols: readonly Symbol[] | null;
  /** What is known of the symbols, the newest of each. */
  readonly references: readonly SymbolReference[];
  readonly windowMs: number;
  readonly graceMs: number;
  readonly maxAheadMs?: number;
  readonly mostFires?: number;
  /** Of a part: epoch ms from which trades before its days are of a window that goes on into them. */
  readonly warmFrom?: number;
}

/** How far a backtest has come. */
export interface BacktestProgress {
  /** The day that is being read, `2026-11-27`; null: not begun. */
  readonly date: string | null;
  readonly days: number;
  readonly daysTotal: number;
  readonly trades: number;
  readonly fires: number;
}

/** A backtest as it goes: yields how far it is, returns the report. */
export type BacktestRun = AsyncGenerator<BacktestProgress, BacktestReport>;

/** Runs backtests away from the event loop that alerts. */
export interface BacktestRunner {
  /** @param signal ends it: the run throws then. */
  run(job: BacktestJob, signal: AbortSignal): BacktestRun;
}

/** The most days that one backtest reads. */
export const MOST_DAYS = 1_000;

/**
 * A day from `2026-11-27` or `20261127`.
 *
 * @throws {InputError} `bad_day`.
 */
export function parseDay(text: string, field: string): number {
  const day = dayOfDate(text.replaceAll("-", ""));
  if (day !== undefined && /^\d{4}-?\d{2}-?\d{2}$/.test(text)) return day;
  const reason = 'must be a day such as "2026-11-27"';
  throw new InputError("bad_day", [{ field, code: "bad_day", reason, value: text }]);
}

/** @throws {InputError} `bad_day`: the end is before the beginning, or too far away. */
export function checkSpan(
  { from, to }: { readonly from: number; readonly to: number },
  fields: { readonly from: string; readonly to: string },
): void {
  const refuse = (field: string, reason: string) => {
    throw new InputError("bad_day", [{ field, code: "bad_day", reason }]);
  };
  if (to < from) refuse(fields.to, `must not be before ${fields.from}`);
  if (to - from >= MOST_DAYS) {
    refuse(fields.from, `must be at most ${MOST_DAYS} days before ${fields.to}`);
  }
}
