import type { Trade } from "../../src/market/trade.ts";

/** 2025-11-26 09:00 in Seoul, epoch ms. */
export const TRADE_TIME = 1_764_115_200_000;

/** An ordinary trade of 005930, some fields of it as wanted. */
export function tradeOf(over: Partial<Trade> = {}): Trade {
  return {
    symbol: "005930",
    eventTime: TRADE_TIME,
    price: 53_200,
    sign: "5",
    change: -300,
    rate: -0.56,
    open: 53_500,
    high: 53_600,
    low: 53_100,
    volume: 12,
    accVolume: 1_234_567,
    accValue: 65_678_900_000,
    ask: 53_300,
    bid: 53_200,
    halted: "N",
    ...over,
  };
}
