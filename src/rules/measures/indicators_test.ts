import { expect } from "expect";
import { BollingerBands, EMA, RSI, SMA } from "trading-signals";
import { seededRandom } from "../../core/backoff.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { InputIssues } from "../input_issues.ts";
import { measuredUnits } from "../measures.ts";
import { MinuteBook } from "../minute_book.ts";
import { snapshotOf } from "../snapshot.ts";
import { formatWhen, parseWhen } from "../when.ts";
import type { Snapshot } from "./measure.ts";

const MINUTE = 60_000;
/** 09:00 in Seoul on a Monday. */
const OPEN = Date.parse("2026-11-23T09:00:00+09:00");

/** Days of minutes that walk, with minutes in which nothing was traded, up to one of the last day. */
function walkedDays(
  seed: number,
  dates: readonly string[],
): { book: MinuteBook; at: Snapshot; closes: Map<number, number> } {
  const random = seededRandom(seed);
  const book = new MinuteBook();
  const closes = new Map<number, number>();
  let price = 50_000;
  let trade = tradeOf({ eventTime: OPEN, price });
  for (const date of dates) {
    const open = Date.parse(`${date}T09:00:00+09:00`);
    for (let minute = 0; minute < 390; minute++) {
      if (minute > 0 && random() < 0.1) continue;
      price += 50 * Math.round((random() - 0.5) * 8);
      trade = tradeOf({ eventTime: open + minute * MINUTE + 30_000, price, volume: 10 });
      book.take(trade, Math.floor(trade.eventTime / MINUTE));
      closes.set(Math.floor(trade.eventTime / MINUTE), price);
    }
  }
  return { book, at: snapshotOf(trade, { minutes: book.at(trade, false) }), closes };
}

/** The closes of an interval's candles before the one that forms, oldest first. */
function candlesOf(closes: ReadonlyMap<number, number>, length: number, now: number): number[] {
  const byCandle = new Map<number, number>();
  for (const [minute, close] of closes) byCandle.set(Math.floor(minute / length), close);
  byCandle.delete(Math.floor(now / length));
  return [...byCandle.values()];
}

function measured(text: string, at: Snapshot): number | undefined {
  const issues = new InputIssues();
  const [condition] = parseWhen(`${text} > 0`, "when", issues) ?? [];
  issues.throwIfAny("bad_when");
  return measuredUnits(condition!, at);
}

function fed<T extends { update(value: number, replace: boolean): unknown }>(
  one: T,
  values: readonly number[],
): T {
  for (const value of values) one.update(value, false);
  return one;
}

/** An exponential average of the library that begins with a plain mean. */
function seededEma(length: number, values: readonly number[]): EMA {
  const first = values.slice(0, length).reduce((sum, value) => sum + value, 0) / length;
  return fed(new EMA(length), [first, ...values.slice(length)]);
}

const awayFrom = (price: number, average: number) => (price - average) / average * 100;

Deno.test("indicators over minutes are those of a published library, on made-up days", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const { at, closes } = walkedDays(seed, ["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-23"]);
    const { price } = at.trade;
    for (const [interval, length] of [["1m", 1], ["3m", 3], ["5m", 5]] as const) {
      const all = candlesOf(closes, length, at.minutes!.now);
      const last = (count: number) => [...all.slice(all.length - count), price];
      const wanted = {
        sma: awayFrom(price, fed(new SMA(20), last(19)).getResult() as number),
        ema: awayFrom(price, seededEma(20, last(80)).getResult() as number),
        rsi: fed(new RSI(14), last(113)).getResult() as number,
        bollinger: percentB(fed(new BollingerBands(20, 2), last(19)).getResult(), price),
        macd: histogram(last(140), 12, 26, 9),
      };
      const found = {
        sma: measured(`sma(20,${interval})`, at),
        ema: measured(`ema(20,${interval})`, at),
        rsi: measured(`rsi(14,${interval})`, at),
        bollinger: measured(`bollinger(20,2,${interval})`, at),
        macd: measured(`macd(12,26,9,${interval})`, at),
      };
      for (const [name, value] of Object.entries(wanted)) {
        const units = found[name as keyof typeof found];
        expect([name, interval, Math.abs((units as number) / 100 - value) <= 0.0051]).toEqual([
          name,
          interval,
          true,
        ]);
      }
    }
  }
});

function percentB(bands: { lower: number; upper: number } | null, price: number): number {
  const { lower, upper } = bands!;
  return (price - lower) / (upper - lower) * 100;
}

function histogram(values: readonly number[], fast: number, slow: number, signal: number): number {
  const quick = seededEma(fast, values.slice(0, slow));
  const sluggish = seededEma(slow, values.slice(0, slow));
  const differences = [(quick.getResult() as number) - (sluggish.getResult() as number)];
  for (const value of values.slice(slow)) {
    quick.update(value, false);
    sluggish.update(value, false);
    differences.push((quick.getResult() as number) - (sluggish.getResult() as number));
  }
  return (differences.at(-1) as number) - (seededEma(signal, differences).getResult() as number);
}

Deno.test("measures of the last minutes, by hand; what is missing is counted", () => {
  const book = new MinuteBook();
  const tradeAt = (minute: number, price: number, volume: number) =>
    tradeOf({ eventTime: OPEN + minute * MINUTE + 30_000, price, volume });
  const said = (minute: number, price: number, volume: number) => {
    const trade = tradeAt(minute, price, volume);
    const at = snapshotOf(trade, { minutes: book.at(trade, true) });
    return ["move(5m)", "move_won(5m)", "volume(5m)", "volume_ratio(5m)", "range(5m)"].map((text) =>
      measured(text, at)
    );
  };
  for (let minute = 0; minute < 40; minute++) {
    const trade = tradeAt(minute, 10_000 + 10 * minute, 100);
    // Six minutes before the last one closed at 10,000: the seventh minute is the first with a move.
    if (minute === 5) expect(said(5, 10_050, 100)).toEqual([undefined, undefined, 500, undefined, 40]);
    if (minute === 6) expect(said(6, 10_060, 100)[1]).toBe(60);
    book.take(trade, Math.floor(trade.eventTime / MINUTE));
  }
  // In the 41st minute: closes of 10,000 + 10 a minute, 100 shares each; the piece that ends now is five times the others.
  expect(said(40, 10_800, 2_100)).toEqual([
    445, // (10,800 - 10,340) / 10,340 = 4.449 %
    460,
    2_500,
    500,
    425, // (10,800 - 10,360) / 10,360 = 4.247 %
  ]);
});

Deno.test("what an interval does not keep is refused, and the text says what it would take", () => {
  const issues = new InputIssues();
  expect(parseWhen("ema(100,60m) > 0", "when", issues)).toBeUndefined();
  expect(issues.first?.reason).toContain("reads 400 candles of 60m; 140 are kept");
  expect(parseWhen("macd(26,12,9) > 0", "when", new InputIssues())).toBeUndefined();
  const read = (text: string) => formatWhen(parseWhen(text, "when", new InputIssues()) ?? []);
  expect([read("move(5분) >= 3"), read("volume(1시간) >= 10만"), read("rsi(14,5분) <= 30")]).toEqual([
    "move(5m) >= 3",
    "volume(60m) >= 100000",
    "rsi(14,5m) <= 30",
  ]);
});
