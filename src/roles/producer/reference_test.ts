import { turns } from "../../../tests/support/turns.ts";
import { expect } from "expect";
import { zipSync } from "fflate";
import { fakeQuotations } from "../../../tests/support/fake_quotations.ts";
import { masterFile } from "../../../tests/support/master_file.ts";
import { allRecords, temporaryLog } from "../../../tests/support/temporary_log.ts";
import { until } from "../../../tests/support/until.ts";
import { ReferenceBook } from "../../books/reference_book.ts";
import { VirtualClock } from "../../core/clock.ts";
import { MarketCalendar } from "../../market/calendar.ts";
import { SymbolDirectory } from "../../market/directory.ts";
import { dateOfDay, dayOfDate } from "../../market/seoul_time.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { referenceOf } from "../../../tests/support/references.ts";
import { decodeReference, referenceLine } from "../../market/reference_codec.ts";
import { Intake } from "./intake.ts";
import { ReferenceKeeper } from "./reference_keeper.ts";
import { ProducerStats } from "./stats.ts";

/** A Monday, in Seoul. */
const MONDAY = Date.parse("2026-11-30T07:45:00+09:00");

const KOSPI = [
  { code: "005930", name: "삼성전자", basePrice: 71_900 },
  { code: "035720", name: "카카오", basePrice: 58_200, warning: "01" },
];
const KOSDAQ = [{ code: "247540", name: "에코프로비엠", basePrice: 120_300 }];

type Days = readonly (readonly [string, number, number, number, number, number])[];

/** One candle a day, weekends too: what is tested is paging, not the calendar. */
function days(count: number, lastDate = "20261129"): Days {
  const last = dayOfDate(lastDate) as number;
  return Array.from({ length: count }, (_, index) => {
    const price = 50_000 + index;
    return [dateOfDay(last - (count - 1 - index)), price, price + 10, price - 10, price + 1, 1_000] as const;
  });
}

async function rig(log: EventLog, at: number, options: { readonly mastersAway?: boolean } = {}) {
  const clock = new VirtualClock(at, turns);
  const { rest, quotations } = await fakeQuotations(clock);
  const publish = (rows = KOSPI) => {
    const zip = (name: string, bytes: Uint8Array) => new Uint8Array(zipSync({ [name]: bytes }));
    rest.master("kospi_code.mst.zip", zip("kospi_code.mst", masterFile("KOSPI", rows)));
    rest.master("kosdaq_code.mst.zip", zip("kosdaq_code.mst", masterFile("KOSDAQ", KOSDAQ)));
  };
  if (!options.mastersAway) publish();
  rest.know("005930", {
    name: "삼성전자",
    nameEn: "SamsungElec",
    nxt: true,
    upperLimit: 93_400,
    lowerLimit: 50_400,
    basePrice: 71_900,
    days: days(300),
  });
  const directory = new SymbolDirectory([]);
  const book = new ReferenceBook(log, [directory]);
  await book.load();
  const keeper = new ReferenceKeeper({
    log,
    book,
    quotations,
    calendar: new MarketCalendar(),
    clock,
    random: () => 0,
  });
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  return {
    clock,
    rest,
    publish,
    keeper,
    book,
    directory,
    async reaches(condition: () => boolean) {
      await until(async () => {
        await clock.advance(1_000);
        return condition();
      });
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await clock.advance(1_000);
      await running;
    },
  };
}

Deno.test("with nothing known the master files are read at once, then all of what is wanted by REST", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  {
    await using day = await rig(log, MONDAY);
    const { keeper, book, directory } = day;
    keeper.want(["005930"]);
    await day.reaches(() => book.get("005930")?.nxt === true && book.all().length === 3);
    expect(book.get("005930")).toMatchObject({
      date: "20261130",
      nameEn: "SamsungElec",
      upperLimit: 93_400,
      candles: { length: 260 },
    });
    expect(book.get("005930")?.candles.at(-1)?.date).toBe("20261129");
    expect(directory.get("247540")).toMatchObject({ name: "에코프로비엠", market: "KOSDAQ" });
    expect(directory.reference("035720")?.warning).toBe("caution");
  }
  const read = new ReferenceBook(log);
  await read.load();
  expect(read.all().length).toBe(3);
  expect(read.get("005930")?.candles.length).toBe(260);
});

Deno.test("the next morning all is brought up to date with what is new alone; a delisted symbol is forgotten", async () => {
  await using temporary = await temporaryLog();
  await using day = await rig(temporary.log, MONDAY);
  const { keeper, book, rest, clock, publish, directory } = day;
  keeper.want(["005930"]);
  await day.reaches(() => book.get("005930")?.nxt === true);
  const before = rest.calls.length;
  await clock.advance(3_600_000);
  expect(rest.calls.length).toBe(before);
  publish([{ code: "005930", name: "삼성전자", basePrice: 72_500 }]);
  rest.know("005930", { name: "삼성전자", nxt: true, upperLimit: 94_200, days: days(301, "20261130") });
  await clock.advance(23 * 3_600_000);
  await day.reaches(() => book.get("005930")?.upperLimit === 94_200);
  expect(book.get("005930")).toMatchObject({ date: "20261201", basePrice: 72_500, nameEn: "SamsungElec" });
  expect(book.get("005930")?.candles.at(-1)?.date).toBe("20261130");
  expect(rest.calls.slice(before).filter(({ route }) => route === "inquire-daily-itemchartprice").length)
    .toBe(1);
  expect(directory.get("035720")).toBeUndefined();
});

Deno.test("after a split all candles are fetched anew, adjusted", async () => {
  await using temporary = await temporaryLog();
  await using day = await rig(temporary.log, MONDAY);
  const { keeper, book, rest, clock } = day;
  keeper.want(["005930"]);
  await day.reaches(() => book.get("005930")?.nxt === true);
  const halved = days(301, "20261130").map(([date, ...prices]) =>
    [date, ...prices.map((price) => Math.floor(price / 2))] as unknown as Days[number]
  );
  rest.know("005930", { name: "삼성전자", nxt: true, days: halved });
  await clock.advance(24 * 3_600_000);
  await day.reaches(() => book.get("005930")?.candles.at(-1)?.date === "20261130");
  expect(book.get("005930")?.candles.every(({ close }) => close < 30_000)).toBe(true);
  expect(book.get("005930")?.candles.length).toBe(260);
});

Deno.test("a server of master files that is away costs nothing but the names: it is asked again later", async () => {
  await using temporary = await temporaryLog();
  await using day = await rig(temporary.log, MONDAY, { mastersAway: true });
  const { keeper, book, publish } = day;
  keeper.want(["005930"]);
  await day.reaches(() => book.get("005930")?.nxt === true);
  expect(book.all().length).toBe(1);
  publish();
  await day.clock.advance(120_000);
  await day.reaches(() => book.all().length === 3);
  expect(book.get("005930")).toMatchObject({ nxt: true, listedOn: "19750611" });
});

Deno.test("a symbol that KIS does not know is asked for once a day, and makes no record", async () => {
  await using temporary = await temporaryLog();
  await using day = await rig(temporary.log, MONDAY);
  const { keeper, book, rest } = day;
  keeper.want(["999999", "005930"]);
  await day.reaches(() => book.get("005930")?.nxt === true);
  await day.clock.advance(600_000);
  expect(rest.calls.filter(({ symbol }) => symbol === "999999").length).toBe(1);
  expect((await allRecords(temporary.log, "reference")).some(({ key }) => key === "999999")).toBe(false);
});

Deno.test("a recording's reference stands on the topic of its replay; one that cannot be read is a dead letter", () => {
  const intake = new Intake({ source: "replay", maxAheadMs: 0 }, new ProducerStats());
  const records = (text: string) =>
    intake.records({ type: "reference", bytes: new TextEncoder().encode(text), receivedAt: MONDAY }, MONDAY);
  const known = referenceOf("005930", { name: "삼성전자" });
  expect(records(referenceLine(known))).toMatchObject([{ topic: "reference", key: "005930" }]);
  expect(decodeReference(new TextEncoder().encode(referenceLine(known)))).toEqual(known);
  expect(records('{"kind":"reference","symbol":"x"}')).toMatchObject([{ topic: "deadletter" }]);
});
