import { expect } from "expect";
import { fakeQuotations } from "../../../tests/support/fake_quotations.ts";
import { TRADE_RECORD } from "../../../tests/support/kis_rig.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { systemClock } from "../../core/clock.ts";
import { hourOf } from "../../market/seoul_time.ts";
import type { FilledEvent } from "./events.ts";
import { GapFiller } from "./gap_fill.ts";
import type { TradeGap } from "./missed.ts";

const OPEN = Date.parse("2026-03-10T09:00:00+09:00");

/** A trade a second from nine o'clock on, ten shares each, a won higher each minute. */
function day(seconds: number): string[] {
  return Array.from({ length: seconds }, (_, index) => {
    const price = 61_000 + Math.floor(index / 60);
    return TRADE_RECORD.split("^").with(1, hourOf(OPEN + index * 1_000)).with(2, String(price))
      .with(4, String(price - 60_800)).with(12, "10").with(13, String((index + 1) * 10)).join("^");
  });
}

async function fill(gap: TradeGap, { reported }: { readonly reported: boolean }): Promise<FilledEvent> {
  const { rest, quotations } = await fakeQuotations(
    systemClock,
    { perSecond: 100_000, emptyEvery: 11, date: () => "20260310" },
    1_000,
  );
  rest.saw("H0STCNT0", day(3 * 3_600));
  const filler = new GapFiller({ quotations });
  const found = { symbol: "005930", at: 0, missedVolume: 0, reason: "cumulative volume jumped" };
  filler.add({ gap, found: reported ? found : undefined });
  for await (const [event] of filler.events(AbortSignal.timeout(20_000))) {
    if (event !== undefined) return event;
  }
  throw new Error("nothing was filled");
}

function gapTo(next: { seconds: number }, before?: { seconds: number }): TradeGap {
  const at = (seconds: number) =>
    tradeOf({
      eventTime: OPEN + seconds * 1_000,
      price: 61_150,
      change: 350,
      volume: 10,
      accVolume: (seconds + 1) * 10,
    });
  const last = before && at(before.seconds);
  return {
    symbol: "005930",
    before: last,
    next: at(next.seconds),
    after: last?.accVolume ?? 0,
    upTo: next.seconds * 10,
    notBefore: 0,
  };
}

Deno.test("a gap of many pages is followed back to the trade before it", async () => {
  const { trades, shortfall } = await fill(gapTo({ seconds: 3_000 }, { seconds: 2_000 }), { reported: true });
  expect(trades.map(({ accVolume }) => accVolume)).toEqual(
    Array.from({ length: 999 }, (_, at) => (2_002 + at) * 10),
  );
  expect(shortfall).toBe("");
});

Deno.test("where the feed began in the day, what is further back comes as minutes, exact in their shares and prices", async () => {
  const { trades, shortfall } = await fill(gapTo({ seconds: 9_000 }), { reported: false });
  const volume = trades.reduce((sum, trade) => sum + trade.volume, 0);
  const [minutes, single] = [
    trades.filter((trade) => trade.volume > 10),
    trades.filter((trade) => trade.volume === 10),
  ];
  // Twenty pages of thirty, a row standing on two of them; the rest are minutes of four trades.
  expect(single.length).toBeGreaterThan(500);
  expect(minutes.length % 4).toBe(0);
  expect(minutes[0]).toMatchObject({ origin: "filled", price: 61_000, volume: 150 });
  expect(trades.every(({ eventTime }, at) => at === 0 || eventTime >= trades[at - 1]!.eventTime)).toBe(true);
  expect(trades.every(({ accVolume }, at) => at === 0 || accVolume >= trades[at - 1]!.accVolume)).toBe(true);
  // The minute in which minutes and trades meet, and the first of the day's, are not whole.
  expect(90_000 - volume).toBeLessThan(1_300);
  expect(shortfall).toMatch(
    /^\d+ shares are not among what KIS gives: before \d{6} only its minutes are known$/,
  );
});
