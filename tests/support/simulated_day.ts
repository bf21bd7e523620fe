import { decodeFrame } from "../../src/market/kis/frame.ts";
import { LISTING } from "../../src/market/listing.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { encodeMarketEvent } from "../../src/market/market_event.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { NewRecord } from "../../src/ports/event_log.ts";
import { SimulatedMarket } from "../../src/adapters/simulator/market.ts";

/** Minutes of a simulated market, and what is taken out of them. */
export interface SimulatedDayOptions {
  /** Epoch ms. */
  readonly from: number;
  readonly minutes: number;
  /** Trades a second. */
  readonly rate: number;
  /** How many trades never come, of so many symbols, in the middle of the time. */
  readonly losses: number;
}

/** A part of a simulated day as the producer would have written it, with losses that nobody was told of. */
export interface SimulatedDay {
  /** The records of the trades topic, the last one a time mark that closes the last minute. */
  readonly records: readonly NewRecord[];
  readonly trades: number;
  /** Shares of the trades that were taken out, by symbol. */
  readonly planted: ReadonlyMap<string, number>;
}

/** Makes one. */
export function simulatedDay({ from, minutes, rate, losses }: SimulatedDayOptions): SimulatedDay {
  const market = new SimulatedMarket({ listing: LISTING, seed: 7, now: from });
  const trades: Trade[] = [];
  const encoder = new TextEncoder();
  for (let second = 0; second < minutes * 60; second++) {
    const now = from + second * 1_000;
    const frames: string[] = [];
    market.frames(rate, now, frames);
    for (const frame of frames) trades.push(...decodeFrame(encoder.encode(frame), now).trades);
  }
  const lost = chosen(trades, losses);
  const planted = new Map<string, number>();
  for (const { symbol, volume } of lost) planted.set(symbol, (planted.get(symbol) ?? 0) + volume);
  const kept = trades.filter((trade) => !lost.has(trade));
  const end = from + (minutes + 1) * 60_000;
  const mark = encodeMarketEvent({ kind: "time", eventTime: end });
  return {
    trades: kept.length,
    planted,
    records: [
      ...kept.map((trade) => recordOf(trade.symbol, encodeTrade(trade), trade.eventTime)),
      recordOf("005930", mark, end),
    ],
  };
}

/** Trades out of the middle third, each of another symbol, with trades of its own before and after. */
function chosen(trades: readonly Trade[], count: number): Set<Trade> {
  const third = Math.floor(trades.length / 3);
  const isTraded = ({ session, halted, volume }: Trade) =>
    session === undefined && halted === "N" && volume > 0;
  const before = new Set(trades.slice(0, third).filter(isTraded).map(({ symbol }) => symbol));
  const after = new Set(trades.slice(2 * third).filter(isTraded).map(({ symbol }) => symbol));
  const found = new Map<string, Trade>();
  for (const trade of trades.slice(third, 2 * third)) {
    if (found.size >= count) break;
    const { symbol } = trade;
    if (isTraded(trade) && before.has(symbol) && after.has(symbol) && !found.has(symbol)) {
      found.set(symbol, trade);
    }
  }
  return new Set(found.values());
}

function recordOf(key: string, value: string | Uint8Array, eventTime: number): NewRecord {
  return { topic: "trades", key, value, timestamp: eventTime, headers: { "ingest-time": String(eventTime) } };
}
