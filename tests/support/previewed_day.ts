import type { Trade } from "../../src/market/trade.ts";
import { tradeOf } from "./trades.ts";

/** 09:00 in Seoul. */
const OPEN = Date.parse("2026-11-23T09:00:00+09:00");
const SESSION_MS = 6.5 * 3_600_000;

/** A day of one symbol: so many trades, a price that wanders. */
export function previewedDay(count: number): Trade[] {
  let price = 70_000;
  return Array.from({ length: count }, (_, at) => {
    price += (at * 7_919 % 3 - 1) * 100 + (at * 104_729 % 1_000 === 0 ? 300 : 0);
    const change = price - 70_000;
    const eventTime = OPEN + Math.floor(at * SESSION_MS / count);
    return tradeOf({
      eventTime,
      price,
      change,
      rate: Math.round(change / 7) / 100,
      accVolume: at,
      strength: 100.5,
    });
  });
}

/** The rules that a line which is dragged passes, and others. */
export const DRAGGED = [
  ...Array.from({ length: 20 }, (_, at) => `price >= ${70_000 + at * 100}`).map((when) => ({ when })),
  ...["rate >= 1", "move(5m) >= 0.2", "rsi(14,1m) >= 60", "volume_ratio(5m) >= 2"].flatMap((when) => [
    { when },
    { when, on: "crossing" },
  ]),
].map((rule) => ({ symbol: "005930", recipients: ["a@example.com"], ...rule }));
