/** The producer, KIS's adapter and its REST client against the fake: what was lost on the way comes by REST, once. */
import { expect } from "expect";
import { MasterSite } from "../../src/adapters/kis/rest/master_site.ts";
import { openQuotations } from "../../src/adapters/kis/rest/open_rest.ts";
import { feedRecord, lastFeedReport } from "../../src/books/feed_report.ts";
import { ReferenceBook } from "../../src/books/reference_book.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { MarketCalendar } from "../../src/market/calendar.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { KisRig, type RigOptions, TRADE_RECORD } from "../support/kis_rig.ts";
import { allValues, temporaryLog } from "../support/temporary_log.ts";
import { until } from "../support/until.ts";

const TR = "H0STCNT0";

/** A trade's record: only what gaps are about differs from an ordinary one. */
function record(
  {
    hour,
    price = 61_950,
    volume,
    accVolume,
    high = 62_300,
    low = 60_600,
    highHour = "091000",
    symbol = "005930",
  }: {
    hour: string;
    price?: number;
    volume: number;
    accVolume: number;
    high?: number;
    low?: number;
    highHour?: string;
    symbol?: string;
  },
): string {
  return TRADE_RECORD.split("^").with(0, symbol).with(1, hour).with(2, String(price))
    .with(4, String(Math.abs(price - 60_800))).with(3, price < 60_800 ? "5" : "2")
    .with(5, ((price - 60_800) / 608).toFixed(2))
    .with(8, String(high)).with(9, String(low)).with(27, highHour)
    .with(12, String(volume)).with(13, String(accVolume)).join("^");
}

async function withProducer(
  log: EventLog,
  options: RigOptions & { readonly symbols?: readonly string[]; readonly producerClock?: Clock },
  work: (rig: KisRig, producer: Producer) => Promise<void>,
): Promise<void> {
  await using rig = new KisRig({ reads: false, ...options });
  const quotations = await openQuotations({
    environment: rig.fake,
    masters: new MasterSite({ url: `${rig.fake.restUrl}/common/master`, fetch }),
    app: { key: "app-key-one", secret: "secret-one" },
    customerType: "P",
    perSecond: 200,
    clock: systemClock,
    random: () => 0,
  });
  const { symbols = ["005930"], producerClock = systemClock } = options;
  const producer = new Producer({
    log,
    source: rig.source,
    clock: producerClock,
    random: () => 0,
    symbols,
    rest: { quotations, calendar: new MarketCalendar(), book: new ReferenceBook(log), always: true },
  });
  const stop = new AbortController();
  const running = producer.run(stop.signal);
  try {
    await until(() => rig.fake.registered.length > 0);
    await work(rig, producer);
  } finally {
    stop.abort();
    await running;
  }
}

const trades = (log: EventLog) =>
  allValues<Trade>(log, "trades").then((all) => all.filter((one) => one.price));

Deno.test("trades that were lost on the way are filled from REST: each once, in order, marked", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await withProducer(
    log,
    { fake: { rest: { emptyEvery: 3, perSecond: 1_000 } } },
    async ({ fake }, producer) => {
      fake.publish(TR, "005930", [record({ hour: "100000", volume: 1_000, accVolume: 1_000 })]);
      const lost = Array.from({ length: 100 }, (_, index) =>
        record({
          hour: `1000${String(1 + Math.floor(index / 4)).padStart(2, "0")}`,
          price: 61_900 + (index % 3) * 50,
          volume: 10,
          accVolume: 1_010 + index * 10,
        }));
      fake.rest.saw(TR, lost);
      fake.publish(TR, "005930", [record({ hour: "100030", volume: 10, accVolume: 2_010 })]);
      await until(() => producer.stats.filledTrades === 100);
      await until(async () => (await trades(log)).length === 102);
      const all = await trades(log);
      const filled = all.filter(({ origin }) => origin === "filled");
      expect(filled.map(({ accVolume }) => accVolume)).toEqual(
        Array.from({ length: 100 }, (_, at) => 1_010 + at * 10),
      );
      expect(new Set(all.map(({ eventTime }) => eventTime)).size).toBe(102);
      expect(filled.every(({ eventTime }, at) => at === 0 || eventTime > filled[at - 1]!.eventTime)).toBe(
        true,
      );
      expect(filled[0]).toMatchObject({ marketSession: "regular", open: 61_000, high: 62_300, volume: 10 });
      // The value so far goes on from trade to trade, up to the one after the gap.
      const next = all.find(({ accVolume }) => accVolume === 2_010)!;
      expect(next.accValue - next.price * next.volume).toBe(filled.at(-1)!.accValue);
      expect(producer.stats.gaps[0]?.reason).toBe("cumulative volume jumped; 100 trades filled from REST");
      // What the wire brings late is there already.
      fake.sendTo(TR, "005930", `0|${TR}|001|${lost[50]}`);
      await until(() => producer.stats.duplicates === 1);
    },
  );
});

Deno.test("a long gap is filled though every third page is empty", async () => {
  await using temporary = await temporaryLog(1);
  await withProducer(
    temporary.log,
    { fake: { rest: { emptyEvery: 3, perSecond: 1_000 } } },
    async ({ fake }, producer) => {
      fake.publish(TR, "005930", [record({ hour: "100000", volume: 1_000, accVolume: 1_000 })]);
      const hourOf = (second: number) =>
        `10${String(Math.floor(second / 60)).padStart(2, "0")}${String(second % 60).padStart(2, "0")}`;
      const lost = Array.from(
        { length: 480 },
        (_, index) =>
          record({ hour: hourOf(1 + Math.floor(index / 4)), volume: 10, accVolume: 1_010 + index * 10 }),
      );
      fake.rest.saw(TR, lost);
      fake.publish(TR, "005930", [record({ hour: "100230", volume: 10, accVolume: 5_810 })]);
      await until(() => producer.stats.filledTrades > 0);
      expect(producer.stats.gaps[0]?.reason).toBe("cumulative volume jumped; 480 trades filled from REST");
    },
  );
});

Deno.test("of a second with more trades than a page the minute's high and low are reached, and the shares stay reported", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await withProducer(log, { fake: { rest: { date: () => "20260310" } } }, async ({ fake }, producer) => {
    fake.publish(TR, "005930", [record({ hour: "100000", volume: 1_000, accVolume: 1_000 })]);
    // Seventy trades in one second: REST has the newest thirty; the high and low are among the others.
    const lost = Array.from({ length: 70 }, (_, index) =>
      record({
        hour: "100005",
        price: index === 3 ? 62_100 : index === 7 ? 61_700 : 61_900,
        volume: 10,
        accVolume: 1_010 + index * 10,
      }));
    fake.rest.saw(TR, lost);
    fake.publish(TR, "005930", [record({ hour: "100010", volume: 10, accVolume: 1_710 })]);
    await until(async () => (await trades(log)).length === 34);
    const all = await trades(log);
    expect(producer.stats.gaps.at(-1)?.reason).toBe(
      "cumulative volume jumped; 30 trades filled from REST; 400 shares are not among what KIS gives",
    );
    const reached = all.filter(({ volume }) => volume === 0);
    expect(reached.map(({ price, origin, accVolume }) => [price, origin, accVolume])).toEqual([
      [62_100, "filled", 1_000],
      [61_700, "filled", 1_000],
    ]);
    // Between the trade before the hole and those that REST has.
    expect(all.map(({ volume }) => volume).slice(0, 4)).toEqual([1_000, 10, 0, 0]);
    expect(
      reached.every(({ eventTime }) =>
        eventTime < all.find((one) => one.volume === 10 && one.origin)!.eventTime
      ),
    )
      .toBe(true);
  });
});

Deno.test("what REST does not have stays a gap that is reported, with its shares", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await withProducer(log, {}, async ({ fake }, producer) => {
    fake.publish(TR, "005930", [record({ hour: "100000", volume: 1_000, accVolume: 1_000 })]);
    fake.rest.saw(TR, [record({ hour: "100005", volume: 30, accVolume: 1_200 })]);
    fake.publish(TR, "005930", [record({ hour: "100010", volume: 10, accVolume: 1_310 })]);
    await until(() => producer.stats.filledTrades === 1);
    expect(producer.stats.gaps.at(-1)?.reason).toBe(
      "cumulative volume jumped; 1 trade filled from REST; 270 shares are not among what KIS gives",
    );
  });
});

Deno.test("a new high of the day was traded in the gap: it stands before the trade that gives it away, at its time", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await withProducer(log, {}, async ({ fake }) => {
    fake.publish(TR, "005930", [record({ hour: "100000", volume: 1_000, accVolume: 1_000 })]);
    fake.publish(TR, "005930", [
      record({ hour: "100500", volume: 10, accVolume: 5_000, high: 65_000, highHour: "100233" }),
    ]);
    await until(async () => (await trades(log)).length === 3);
    const [, reached, next] = await trades(log);
    expect(reached).toMatchObject({ price: 65_000, origin: "filled", volume: 0, change: 4_200, rate: 6.91 });
    expect(new Date(reached!.eventTime).toISOString()).toBe("2026-03-10T01:02:33.500Z");
    expect(next).toMatchObject({ price: 61_950, accVolume: 5_000 });
  });
});

Deno.test("a producer that starts again in the day fills what was traded while it was away", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  await withProducer(log, {}, async ({ fake }) => {
    fake.publish(TR, "005930", [record({ hour: "100000", volume: 1_000, accVolume: 1_000 })]);
    await until(async () => (await trades(log)).length === 1);
  });
  await withProducer(log, {}, async ({ fake }, producer) => {
    const missed = [1_100, 1_250].map((accVolume, at) =>
      record({ hour: `10010${at}`, volume: accVolume === 1_100 ? 100 : 150, accVolume })
    );
    fake.rest.saw(TR, missed);
    fake.publish(TR, "005930", [record({ hour: "100200", volume: 5, accVolume: 1_255 })]);
    await until(() => producer.stats.filledTrades === 2);
    await until(async () => (await trades(log)).length === 4);
    const volumes = (await trades(log)).map(({ volume }) => volume);
    expect(volumes.reduce((sum, volume) => sum + volume, 0)).toBe(1_255);
  });
});

Deno.test("a gap that was reported before a crash and filled after it says so", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const seen = [
    record({ hour: "100000", volume: 1_000, accVolume: 1_000 }),
    record({ hour: "100200", volume: 5, accVolume: 1_105 }),
  ];
  const found = "cumulative volume jumped";
  // Only gaps of today are asked for after a restart.
  const now = () => Date.parse("2026-03-10T10:05:00+09:00");
  const producerClock: Clock = Object.assign(Object.create(systemClock), { now });
  // A REST that has nothing: the gap stays open, and is reported so.
  await withProducer(log, { producerClock }, async ({ fake }, producer) => {
    fake.publish(TR, "005930", seen);
    await until(() => producer.stats.gaps[0]?.reason !== found && producer.stats.gaps.length > 0);
  });
  const reported = async () => (await lastFeedReport({ log, source: { name: "kis" } }))?.gaps ?? [];
  expect((await reported()).map(({ reason }) => reason)).toEqual([
    `${found}; 0 trades filled from REST; 100 shares are not among what KIS gives`,
  ]);
  await withProducer(log, { producerClock }, async ({ fake }, producer) => {
    fake.rest.saw(TR, [record({ hour: "100100", volume: 100, accVolume: 1_100 })]);
    await until(() => producer.stats.filledTrades === 1);
    await until(async () => (await reported())[0]?.reason === `${found}; 1 trade filled from REST`);
    expect((await reported()).length).toBe(1);
    expect(producer.stats.gaps).toEqual([]);
  });
});

Deno.test("symbols without a registration are polled by REST, and say so", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const options = { symbols: ["005930", "000660", "035420"], source: { registrations: 1 } };
  await withProducer(log, options, async ({ fake }, producer) => {
    const of = (price: number, accVolume: number, high: number) =>
      record({ symbol: "000660", hour: "100000", price, volume: 10, accVolume, high });
    fake.rest.saw(TR, [of(61_950, 1_000, 62_300)]);
    await until(async () => (await trades(log)).length === 1);
    fake.rest.saw(TR, [of(62_000, 2_000, 64_000)]);
    await until(async () => (await trades(log)).length === 3);
    const polled = await trades(log);
    expect(polled.map(({ price, origin, volume }) => [price, origin, volume])).toEqual([
      [61_950, "polled", 0],
      [64_000, "polled", 0],
      [62_000, "polled", 0],
    ]);
    const { refused, detail } = producer.sourceStatus();
    expect(detail).toContain("2 symbols by REST");
    expect(refused?.map(({ symbol }) => symbol)).toEqual(["000660", "035420"]);
    expect(refused?.[0]?.reason).toContain("Meanwhile REST is asked for price, high and low");
    // Nothing was traded since: nothing is published.
    const requests = fake.rest.calls.length;
    await until(() => fake.rest.calls.length >= requests + 2);
    expect((await trades(log)).length).toBe(3);
  });
});

Deno.test("a high that the producer before this one heard of is not fired again, however far back its trade is in the log", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  // 10:00 on the day of the records, in Seoul.
  const lastAt = Date.parse("2026-03-10T10:00:00+09:00");
  const symbols = [{ symbol: "005930", venue: "KRX" as const, since: lastAt - 60_000, lastAt }];
  const report = { source: "kis", state: "ended", detail: "", refused: [], gaps: [], events: [], symbols };
  await log.append([feedRecord(report, lastAt)]);
  await withProducer(log, {}, async ({ fake }) => {
    fake.publish(TR, "005930", [
      record({ hour: "101500", volume: 10, accVolume: 9_000, high: 65_000, highHour: "093000" }),
      record({ hour: "101501", volume: 10, accVolume: 9_910, high: 66_000, highHour: "101500" }),
    ]);
    await until(async () => (await trades(log)).length >= 3);
    expect((await trades(log)).map(({ price }) => price)).toEqual([61_950, 66_000, 61_950]);
  });
});
