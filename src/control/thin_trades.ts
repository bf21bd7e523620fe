import type { Trade } from "../market/trade.ts";

/**
 * A burst of trades in at most four of each symbol: the first, the highest, the lowest and the last, in the order they
 * came, the last with the volume of those that are left out. Candles that are made of them are those of all.
 */
export function thinTrades(trades: readonly Trade[]): Trade[] {
  const bursts = new Map<string, Burst>();
  trades.forEach((trade, at) => {
    const burst = bursts.get(trade.symbol);
    if (burst === undefined) {
      bursts.set(trade.symbol, { first: at, high: at, low: at, last: at, volume: trade.volume });
      return;
    }
    if (trade.price > trades[burst.high]!.price) burst.high = at;
    if (trade.price < trades[burst.low]!.price) burst.low = at;
    burst.last = at;
    burst.volume += trade.volume;
  });
  const kept = new Map<number, number>();
  for (const { first, high, low, last, volume } of bursts.values()) {
    const places = new Set([first, high, low, last]);
    const others = [...places].filter((at) => at !== last);
    const said = others.reduce((sum, at) => sum + trades[at]!.volume, 0);
    for (const at of others) kept.set(at, trades[at]!.volume);
    kept.set(last, volume - said);
  }
  return [...kept].sort(([a], [b]) => a - b).map(([at, volume]) => ({ ...trades[at]!, volume }));
}

interface Burst {
  readonly first: number;
  high: number;
  low: number;
  last: number;
  volume: number;
}
