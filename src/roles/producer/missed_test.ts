import { expect } from "expect";
import { TRADE_TIME, tradeOf } from "../../../tests/support/trades.ts";
import type { Trade } from "../../market/trade.ts";
import { Missed } from "./missed.ts";

const at = (seconds: number, volume: number, accVolume: number, over: Partial<Trade> = {}) =>
  tradeOf({ eventTime: TRADE_TIME + seconds * 1_000, volume, accVolume, ...over });

Deno.test("a gap lies between two cumulative volumes; a trade that goes on from the one before is none", () => {
  const missed = new Missed();
  const first = at(0, 100, 100);
  expect(missed.judge(first)).toMatchObject({ is: "next", gap: undefined });
  expect(missed.judge(at(1, 10, 110))).toMatchObject({ is: "next", gap: undefined });
  const after = at(9, 5, 215);
  expect(missed.judge(after)).toEqual({
    is: "gap",
    missedVolume: 100,
    unseen: [],
    gap: { symbol: "005930", before: at(1, 10, 110), next: after, after: 110, upTo: 210, notBefore: 0 },
  });
});

Deno.test("a recorded day may begin anywhere; a live one that begins late is mended from when its rules stood", () => {
  const late = at(3_600, 10, 5_000, { high: 60_000, highHour: "091500", low: 50_000, lowHour: "093000" });
  expect(new Missed().judge(late)).toMatchObject({ is: "next", unseen: [], gap: undefined });
  const since = TRADE_TIME + 20 * 60_000;
  const judged = new Missed(() => since).judge(late);
  if (judged.is === "duplicate") throw new Error("is none");
  expect(judged.unseen.map(({ price }) => price)).toEqual([50_000]);
  expect(judged.gap).toMatchObject({ before: undefined, after: 0, upTo: 4_990, notBefore: since });
  // A day whose first trade is its first share has missed nothing.
  expect(new Missed(() => 0).judge(at(0, 10, 10))).toMatchObject({ gap: undefined });
});

Deno.test("a symbol that moves to another venue in the day is mended there from what it was heard of last", () => {
  const missed = new Missed(() => 0);
  missed.judge(at(3_600, 10, 5_000, { high: 60_000, highHour: "091500" }));
  const later = at(3_700, 10, 9_000, {
    venue: "UN",
    high: 61_000,
    highHour: "100050",
    low: 40_000,
    lowHour: "093000",
  });
  const judged = missed.judge(later);
  if (judged.is === "duplicate") throw new Error("is none");
  expect(judged.unseen.map(({ price }) => price)).toEqual([61_000]);
  expect(judged.gap?.notBefore).toBe(TRADE_TIME + 3_600_000);
});

Deno.test("expected prices and polled trades neither make gaps nor hide them", () => {
  const missed = new Missed();
  missed.judge(at(0, 100, 100));
  expect(missed.judge(at(1, 0, 900, { session: "C" }))).toMatchObject({ is: "next", gap: undefined });
  expect(missed.judge(at(2, 0, 5_000, { origin: "polled" }))).toMatchObject({ is: "next", gap: undefined });
  expect(missed.judge(at(3, 50, 950))).toMatchObject({ is: "gap", missedVolume: 800 });
});

Deno.test("a gap that a crash left open is found again with the log; one that was filled is not", () => {
  const read = (...trades: Trade[]) => {
    const missed = new Missed();
    for (const trade of trades) missed.restore(trade);
    return missed.openGaps(TRADE_TIME + 60_000);
  };
  const [first, next] = [at(0, 100, 100), at(9, 5, 205)];
  const filled = (accVolume: number) => at(5, 50, accVolume, { origin: "filled" });
  expect(read(first, next)).toMatchObject([{ after: 100, upTo: 200, next: { accVolume: 205 } }]);
  expect(read(first, next, filled(150))).toMatchObject([{ after: 100 }]);
  expect(read(first, next, filled(150), filled(200))).toEqual([]);
  expect(read(at(0, 100, 100), at(9, 0, 999, { origin: "polled" }))).toEqual([]);
  const missed = new Missed();
  for (const trade of [first, next]) missed.restore(trade);
  expect(missed.openGaps(TRADE_TIME + 86_400_000)).toEqual([]);
});
