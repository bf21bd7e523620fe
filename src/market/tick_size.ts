import type { ListedSymbol } from "./directory.ts";
import { dayOfDate } from "./seoul_time.ts";

/** Steps of the tick size: below `below` won a price moves by `tick` won. */
interface TickStep {
  readonly below: number;
  readonly tick: number;
}

interface TickTable {
  /** The first day it is in force, see `seoulDay`. */
  readonly from: number;
  readonly steps: readonly TickStep[];
}

/** Stocks on KOSPI and KOSDAQ. KRX, business regulations; one table for both markets since 2023-01-25. */
const STOCK_TABLES: readonly TickTable[] = [
  {
    from: dayOfDate("20230125") as number,
    steps: [
      { below: 2_000, tick: 1 },
      { below: 5_000, tick: 5 },
      { below: 20_000, tick: 10 },
      { below: 50_000, tick: 50 },
      { below: 200_000, tick: 100 },
      { below: 500_000, tick: 500 },
      { below: Infinity, tick: 1_000 },
    ],
  },
  {
    from: dayOfDate("20101004") as number,
    steps: [
      { below: 1_000, tick: 1 },
      { below: 5_000, tick: 5 },
      { below: 10_000, tick: 10 },
      { below: 50_000, tick: 50 },
      { below: 100_000, tick: 100 },
      { below: 500_000, tick: 500 },
      { below: Infinity, tick: 1_000 },
    ],
  },
];

/** ETF, ETN and ELW. KRX, business regulations: 1 won below 2,000 since 2023-12-18, as announced on 2023-10-05. */
const FUND_TABLES: readonly TickTable[] = [
  { from: dayOfDate("20231218") as number, steps: [{ below: 2_000, tick: 1 }, { below: Infinity, tick: 5 }] },
  { from: dayOfDate("20021014") as number, steps: [{ below: Infinity, tick: 5 }] },
];

const BY_FUND_TABLES: ReadonlySet<ListedSymbol["type"]> = new Set(["etf", "etn", "elw"]);

/** What a tick size depends on. */
export interface TickSizeOf {
  readonly type: ListedSymbol["type"];
  /** Won. */
  readonly price: number;
  /** A day in Asia/Seoul, see `seoulDay`. */
  readonly day: number;
}

/** The step, in won, from a price to the next higher one. Before the first table that one is in force. */
export function tickSize({ type, price, day }: TickSizeOf): number {
  const tables = BY_FUND_TABLES.has(type) ? FUND_TABLES : STOCK_TABLES;
  const table = tables.find((one) => day >= one.from) ?? tables[tables.length - 1];
  return (table as TickTable).steps.find((step) => price < step.below)?.tick as number;
}

/** The next price above, on the grid. */
export function priceAbove(of: TickSizeOf): number {
  const tick = tickSize(of);
  return Math.floor(of.price / tick) * tick + tick;
}

/** The next price below, on the grid; 0 when there is none. */
export function priceBelow(of: TickSizeOf): number {
  const tick = tickSize({ ...of, price: of.price - 1 });
  return Math.max(0, Math.ceil(of.price / tick) * tick - tick);
}

/** The highest price on the grid that is not above. */
export function floorToTick(of: TickSizeOf): number {
  const tick = tickSize(of);
  return Math.floor(of.price / tick) * tick;
}
