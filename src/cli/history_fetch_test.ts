import { expect } from "expect";
import { fakeQuotations } from "../../tests/support/fake_quotations.ts";
import { ReplaySource } from "../adapters/replay/replay_source.ts";
import { systemClock } from "../core/clock.ts";
import { MarketCalendar } from "../market/calendar.ts";
import { decodeTrade } from "../market/decode_trade.ts";
import { decodeReference } from "../market/reference_codec.ts";
import type { Trade } from "../market/trade.ts";
import type { SourceEvent } from "../ports/tick_source.ts";
import { HistoryFetch } from "./history_fetch.ts";

/** A Monday; the trading days before it are the 27th and the 26th. */
const NOW = Date.parse("2026-11-30T10:00:00+09:00");
const clock = { ...systemClock, now: () => NOW };

type Minutes = readonly (readonly [string, string, number, number, number, number, number])[];

/** A day's minutes from nine o'clock on, each a won higher than the one before. */
function minutes(date: string, count: number, from: number): Minutes {
  return Array.from({ length: count }, (_, index) => {
    const hour = `${String(9 + Math.floor(index / 60)).padStart(2, "0")}${
      String(index % 60).padStart(2, "0")
    }00`;
    const price = from + index;
    return [date, hour, price, price + 5, price - 3, price + 1, 103] as const;
  });
}

async function rig(
  work: (parts: {
    rest: Awaited<ReturnType<typeof fakeQuotations>>["rest"];
    folder: string;
    fetch: (symbols: readonly string[], days: number) => Promise<{ done: boolean; lines: readonly string[] }>;
  }) => Promise<void>,
) {
  const { rest, quotations } = await fakeQuotations(clock, { perSecond: 10_000 }, 1_000);
  const folder = await Deno.makeTempDir();
  rest.know("005930", {
    name: "삼성전자",
    days: [["20261125", 70_000, 70_100, 69_900, 70_000, 10], [
      "20261126",
      70_000,
      71_000,
      69_000,
      70_500,
      100,
    ]],
    minutes: [...minutes("20261126", 30, 70_000), ...minutes("20261127", 300, 70_600)],
  });
  rest.know("000660", { name: "SK하이닉스", nxt: true, minutes: minutes("20261127", 2, 262_000) });
  try {
    await work({
      rest,
      folder,
      fetch: async (symbols, days) => {
        const lines: string[] = [];
        const fetch = new HistoryFetch({
          quotations,
          calendar: new MarketCalendar(),
          folder,
          now: NOW,
          signal: AbortSignal.timeout(20_000),
          out: (line) => lines.push(line),
        });
        return { done: await fetch.run(symbols, days), lines };
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function replayed(path: string): Promise<SourceEvent[]> {
  const source = new ReplaySource({ path, speed: Infinity, clock: systemClock });
  const events: SourceEvent[] = [];
  for await (const batch of source.events(AbortSignal.timeout(10_000))) events.push(...batch);
  return events;
}

const tradesIn = (events: readonly SourceEvent[]): Trade[] =>
  events.flatMap((event) => event.type === "trade" ? [decodeTrade(event.bytes)] : []);

Deno.test("the minutes of past days become files that a replay plays, with that day's reference before them", async () => {
  await rig(async ({ folder, fetch }) => {
    const { done, lines } = await fetch(["005930", "000660"], 2);
    expect(done).toBe(true);
    expect(lines).toEqual([
      `${folder}/20261127.jsonl.gz: 2 of 2 symbols fetched now`,
      `${folder}/20261126.jsonl.gz: 2 of 2 symbols fetched now`,
    ]);
    const events = await replayed(`${folder}/20261127.jsonl.gz`);
    const references = events.flatMap((event) =>
      event.type === "reference" ? [decodeReference(event.bytes)] : []
    );
    expect(references.map(({ symbol, date }) => [symbol, date])).toEqual([
      ["000660", "20261127"],
      ["005930", "20261127"],
    ]);
    // What is known of the 27th is what there was before it.
    expect(references[1]?.candles.map(({ date }) => date)).toEqual(["20261125", "20261126"]);
    expect(references[1]?.basePrice).toBe(70_500);
    const trades = tradesIn(events);
    expect(trades.length).toBe(302 * 4);
    expect(trades.every(({ eventTime }, at) => at === 0 || eventTime >= trades[at - 1]!.eventTime)).toBe(
      true,
    );
    const samsung = trades.filter(({ symbol }) => symbol === "005930");
    expect(samsung.slice(0, 4).map(({ price, volume }) => [price, volume])).toEqual([
      [70_600, 25],
      [70_597, 25],
      [70_605, 25],
      [70_601, 28],
    ]);
    expect(samsung[0]).toMatchObject({ change: 100, rate: 0.14, sign: "2", open: 70_600 });
    expect(samsung.at(-1)?.accVolume).toBe(300 * 103);
    expect(trades.find(({ symbol }) => symbol === "000660")?.venue).toBe("UN");
  });
});

Deno.test("a fetch goes on where it was left, and a further symbol joins the days that are there", async () => {
  await rig(async ({ rest, folder, fetch }) => {
    await fetch(["005930"], 1);
    const before = rest.calls.length;
    const { lines } = await fetch(["005930"], 1);
    expect(lines).toEqual([`${folder}/20261127.jsonl.gz: 0 of 1 symbols fetched now`]);
    expect(rest.calls.length).toBe(before);
    await fetch(["000660"], 1);
    const symbols = new Set(
      tradesIn(await replayed(`${folder}/20261127.jsonl.gz`)).map(({ symbol }) => symbol),
    );
    expect(symbols).toEqual(new Set(["005930", "000660"]));
  });
});

Deno.test("what KIS does not have of one symbol is said, and costs the others nothing", async () => {
  await rig(async ({ folder, fetch }) => {
    const { done, lines } = await fetch(["999999", "005930"], 1);
    expect(done).toBe(false);
    expect(lines).toEqual([
      "999999: KIS does not know it",
      `${folder}/20261127.jsonl.gz: 1 of 1 symbols fetched now`,
    ]);
  });
});
