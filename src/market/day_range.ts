import { seoulDay, startOfSeoulDay, timeOfHour } from "./seoul_time.ts";
import type { Sign, Trade } from "./trade.ts";

/** What has been seen of a symbol's day on a venue. */
export interface SeenDay {
  /** A day in Asia/Seoul, see `seoulDay`. */
  readonly day: number;
  readonly high: number;
  readonly low: number;
  /** The newest trade; undefined where only prices are known. */
  readonly last: Trade | undefined;
}

/** How far prices have been seen to go today, by symbol and venue. */
export class DayRanges {
  readonly #seen = new Map<string, SeenDay>();

  /** What was seen of the day of a time; undefined when nothing was. */
  of(key: RangeKey, at: number): SeenDay | undefined {
    const seen = this.#seen.get(keyOf(key));
    return seen !== undefined && seen.day === seoulDay(at) ? seen : undefined;
  }

  /** Takes note of a trade: every trade says how far the day has gone. */
  see(trade: Trade): void {
    const before = this.of(trade, trade.eventTime);
    const newest = before?.last === undefined || trade.accVolume >= before.last.accVolume;
    this.widen(trade, {
      at: trade.eventTime,
      high: Math.max(trade.high, trade.price),
      low: trade.low > 0 ? Math.min(trade.low, trade.price) : trade.price,
      last: newest ? trade : before?.last,
    });
  }

  /** Takes note of a range alone, such as REST's. */
  widen(key: RangeKey, range: { at: number; high: number; low: number; last?: Trade }): void {
    const day = seoulDay(range.at);
    const kept = this.#seen.get(keyOf(key));
    // A late trade of yesterday says nothing of today.
    if (kept !== undefined && kept.day > day) return;
    const before = kept?.day === day ? kept : undefined;
    this.#seen.set(keyOf(key), {
      day,
      high: Math.max(before?.high ?? 0, range.high),
      low: Math.min(before?.low ?? Infinity, range.low),
      last: range.last ?? before?.last,
    });
  }
}

type RangeKey = Pick<Trade, "symbol" | "venue">;

function keyOf({ symbol, venue }: RangeKey): string {
  return venue === undefined ? symbol : `${symbol}@${venue}`;
}

/**
 * The trades that nobody saw and that the day's high and low of the next one give away (KIS STCK_HGPR, HGPR_HOUR,
 * STCK_LWPR, LWPR_HOUR): each with the time at which it was traded, in the order of these times. Their volume is not
 * known: 0.
 *
 * @param seen what had been seen of the day before; undefined: nothing, the feed begins in the day.
 */
export function unseenExtremes(trade: Trade, seen: SeenDay | undefined): readonly Trade[] {
  const extremes: Trade[] = [];
  if (trade.high > Math.max(seen?.high ?? 0, trade.price)) {
    extremes.push(extreme(trade, { price: trade.high, hour: trade.highHour, seen }));
  }
  if (trade.low > 0 && trade.low < Math.min(seen?.low ?? Infinity, trade.price)) {
    extremes.push(extreme(trade, { price: trade.low, hour: trade.lowHour, seen }));
  }
  return extremes.sort((a, b) => a.eventTime - b.eventTime);
}

interface Extreme {
  readonly price: number;
  /** `HHMMSS`, where the feed has it. */
  readonly hour: unknown;
  readonly seen: SeenDay | undefined;
}

function extreme(next: Trade, { price, hour, seen }: Extreme): Trade {
  const eventTime = timeWithin(next, hour);
  return {
    symbol: next.symbol,
    eventTime,
    price,
    ...againstClose(price, next.price - next.change),
    open: next.open,
    high: Math.max(price, seen?.high ?? price),
    low: Math.min(price, seen?.low ?? price),
    volume: 0,
    accVolume: seen?.last?.accVolume ?? 0,
    accValue: seen?.last?.accValue ?? 0,
    ask: 0,
    bid: 0,
    halted: "N",
    ...(next.venue === undefined ? {} : { venue: next.venue }),
    origin: "filled",
  };
}

/** The hour of a trade's day, where it is a time before the trade; else the trade's own time. */
function timeWithin(trade: Trade, hour: unknown): number {
  const time = typeof hour === "string" ? timeOfHour(hour) : undefined;
  if (time === undefined) return trade.eventTime;
  return Math.min(startOfSeoulDay(seoulDay(trade.eventTime)) + time, trade.eventTime);
}

/** Sign, change and rate of a price against yesterday's close, won. Whether it was a limit is not known. */
export function againstClose(
  price: number,
  close: number,
): { readonly sign: Sign; readonly change: number; readonly rate: number } {
  const change = price - close;
  const rate = close > 0 ? Math.round((change / close) * 10_000) / 100 + 0 : 0;
  return { sign: change > 0 ? "2" : change < 0 ? "5" : "3", change, rate };
}
