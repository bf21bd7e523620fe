import type { Symbol } from "../market/symbol.ts";
import type { BacktestDay } from "./backtest.ts";
import type { ReportPoint } from "./chart_points.ts";
import type { Fire } from "./fire.ts";
import { against } from "./followed.ts";
import { type Counted, Tally } from "./tally.ts";

/** What a backtest of some days in a row found. Plain data: a thread hands it over. */
export interface FoundPart {
  readonly days: readonly BacktestDay[];
  /** In the order of time. */
  readonly fires: readonly Fire[];
  readonly tallies: ReadonlyMap<string, Counted>;
  readonly points: ReadonlyMap<Symbol, readonly ReportPoint[]>;
  readonly refused: number;
  readonly late: number;
  readonly trades: number;
  readonly unlisted: number;
  /** Fires that wait for the close of a later day, and each symbol's first close, won. */
  readonly waiting: ReadonlyMap<Symbol, readonly Fire[]>;
  readonly firstCloses: ReadonlyMap<Symbol, number>;
}

/** What was found on all days. */
export interface Found {
  readonly days: readonly BacktestDay[];
  readonly fires: readonly Fire[];
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly points: ReadonlyMap<Symbol, readonly ReportPoint[]>;
  readonly refused: number;
  readonly late: number;
  readonly trades: number;
  readonly unlisted: number;
}

/**
 * What parts of the days found together: a fire at the end of one is followed by the next one's first close.
 *
 * @param parts in the order of their days.
 * @param mostFires that are listed.
 */
export function foundIn(parts: readonly FoundPart[], mostFires: number): Found {
  const tallies = new Map<string, Tally>();
  const points = new Map<Symbol, readonly ReportPoint[]>();
  const fires: Fire[] = [];
  const open = new Map<Symbol, readonly Fire[]>();
  for (const part of parts) {
    for (const [id, counted] of part.tallies) {
      if (!tallies.has(id)) tallies.set(id, new Tally());
      tallies.get(id)!.add(counted);
    }
    for (const [symbol, some] of part.points) points.set(symbol, [...points.get(symbol) ?? [], ...some]);
    for (const [symbol, close] of part.firstCloses) {
      for (const fire of open.get(symbol) ?? []) {
        const nextClose = against(fire.price, close);
        if (fire.followed !== undefined) fire.followed = { ...fire.followed, nextClose };
        tallies.get(fire.ruleId)?.follow({ nextClose });
      }
      open.delete(symbol);
    }
    for (const [symbol, waiting] of part.waiting) open.set(symbol, [...open.get(symbol) ?? [], ...waiting]);
    fires.push(...part.fires);
  }
  const sum = (of: "refused" | "late" | "trades" | "unlisted") =>
    parts.reduce((total, part) => total + part[of], 0);
  return {
    days: parts.flatMap(({ days }) => days),
    fires: fires.slice(0, mostFires),
    tallies,
    points,
    refused: sum("refused"),
    late: sum("late"),
    trades: sum("trades"),
    unlisted: sum("unlisted") + Math.max(0, fires.length - mostFires),
  };
}
