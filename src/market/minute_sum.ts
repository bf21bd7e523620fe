/** What measures need of a minute of a symbol: won and shares. */
export interface MinuteSum {
  /** Epoch ms / 60,000. */
  readonly minute: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export const MINUTE_MS = 60_000;
