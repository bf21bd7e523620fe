import type { BacktestProgress } from "../../backtest/job.ts";
import type { BacktestReport } from "../../backtest/report.ts";

/** What a backtest is doing. */
export const BACKTEST_STATES = ["queued", "running", "done", "failed", "cancelled"] as const;
export type BacktestState = typeof BACKTEST_STATES[number];

/** A backtest that was asked for. Plain data. */
export interface KnownBacktest {
  readonly id: string;
  readonly tenant: string;
  /** Days in Seoul, inclusive, and how many rules. */
  readonly from: number;
  readonly to: number;
  readonly rules: number;
  /** As it was written. */
  readonly sweep: string | null;
  /** Epoch ms. */
  readonly createdAt: number;
  state: BacktestState;
  startedAt: number | null;
  endedAt: number | null;
  progress: BacktestProgress;
  problem: string | null;
  report: BacktestReport | null;
}

/** Where backtests are kept over a restart. */
export interface BacktestShelf {
  /** Those that are kept, in the order in which they were asked for. @throws {OutsideError} */
  all(): Promise<readonly KnownBacktest[]>;
  /** @throws {OutsideError} */
  put(known: KnownBacktest): Promise<void>;
  /** Forgets one; that there is none is no error. @throws {OutsideError} */
  remove(id: string): Promise<void>;
}
