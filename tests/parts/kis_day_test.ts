import { expect } from "expect";
import { SimulatedMarket } from "../../src/adapters/simulator/market.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock } from "../../src/core/clock.ts";
import { splitFrame } from "../../src/market/kis/frame.ts";
import { TRADE_FIELDS } from "../../src/market/kis/fields.ts";
import { LISTING } from "../../src/market/listing.ts";
import { dateOf, hourOf } from "../../src/market/seoul_time.ts";
import type { Trade } from "../../src/market/trade.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { MasterSite } from "../../src/adapters/kis/rest/master_site.ts";
import { openQuotations } from "../../src/adapters/kis/rest/open_rest.ts";
import { ReferenceBook } from "../../src/books/reference_book.ts";
import { MarketCalendar } from "../../src/market/calendar.ts";
import { until } from "../support/until.ts";
import { KisRig } from "../support/kis_rig.ts";
import { allValues, temporaryLog } from "../support/temporary_log.ts";

const FRAMES_PER_SECOND = 2_000;
/** How long the day lasts here: 20 s, or what TICKBELL_TEST_DAY_SECONDS says; 23,400 is a day as it is. */
const SECONDS = Number(Deno.env.get("TICKBELL_TEST_DAY_SECONDS") ?? 20);
const OPEN = Date.parse("2026-11-23T09:00:00+09:00");
const DAY_MS = 6.5 * 3_600_000;
const WIDTH = TRADE_FIELDS.length;
const VOLUME = TRADE_FIELDS.findIndex((field) => field.kis === "CNTG_VOL");
const SESSION = TRADE_FIELDS.findIndex((field) => field.kis === "HOUR_CLS_CODE");

/** What distinguishes one trade from another. */
function keyOf(fields: readonly string[]): string {
  return [fields[0], fields[33], fields[1], Number(fields[2]), Number(fields[12]), Number(fields[13])].join(
    "|",
  );
}

function keyOfTrade(trade: Trade): string {
  const { symbol, eventTime, price, volume, accVolume } = trade;
  return [symbol, dateOf(eventTime), hourOf(eventTime), price, volume, accVolume].join("|");
}

Deno.test("a day at 2,000 frames a second with drops, stalls, duplicates and garbage: every trade is on the topic once, live or filled", async () => {
  await using temporary = await temporaryLog();
  const random = seededRandom(7);
  const apps = { "app-key-one": "secret-one", "app-key-two": "secret-two" };
  const rig = new KisRig({
    // A day in seconds has as many gaps as a day: REST is as much faster.
    fake: {
      apps,
      heartbeatMs: 200,
      heartbeatLimitMs: 10_000,
      rest: { perSecond: 500, emptyEvery: 7, tokenPaceMs: 0 },
    },
    source: { timings: { silentMs: 1_000 } },
    reads: false,
  });
  const producer = new Producer({
    log: temporary.log,
    source: rig.source,
    clock: systemClock,
    random: Math.random,
    symbols: LISTING.slice(0, 80).map((listed) => listed.symbol),
    rest: {
      quotations: await openQuotations({
        environment: rig.fake,
        masters: new MasterSite({ url: `${rig.fake.restUrl}/common/master`, fetch }),
        app: { key: "app-key-one", secret: "secret-one" },
        customerType: "P",
        perSecond: 400,
        clock: systemClock,
        random: Math.random,
      }),
      calendar: new MarketCalendar(),
      book: new ReferenceBook(temporary.log),
      always: true,
    },
  });
  const stop = new AbortController();
  const running = producer.run(stop.signal);
  await rig.until(() => rig.fake.registered.length === 80, "80 registrations", 10_000);

  const market = new SimulatedMarket({ listing: LISTING.slice(0, 80), seed: 7, now: OPEN });
  const made = new Set<string>();
  const received = new Set<string>();
  let frames = 0;
  let next = 0;
  const began = Date.now();
  while (Date.now() - began < SECONDS * 1000) {
    const elapsed = Date.now() - began;
    const now = Math.floor(OPEN + (elapsed / (SECONDS * 1000)) * DAY_MS);
    const batch: string[] = [];
    while (frames + batch.length < (elapsed / 1000) * FRAMES_PER_SECOND) market.frames(1, now, batch);
    for (const frame of batch) {
      send(rig, frame, made, received);
      if (random() < 0.02) send(rig, frame, made, received);
    }
    frames += batch.length;
    if (elapsed >= next) {
      if (next > 0) disturb(rig, next / 2_000);
      next += 2_000;
    }
    await systemClock.sleep(5);
  }
  await rig.until(() => rig.fake.registered.length === 80, "80 registrations", 30_000);
  // The last gap of a symbol is found with the trade after it.
  const closing: string[] = [];
  for (let count = 0; count < 4_000; count++) market.frames(1, OPEN + DAY_MS, closing);
  for (const frame of closing) send(rig, frame, made, received);
  const published = async () =>
    (await allValues<Trade>(temporary.log, "trades"))
      .filter(({ kind, volume, session }) => kind === undefined && volume > 0 && session === undefined)
      .map(keyOfTrade);
  await rig.until(() => producer.stats.trades >= received.size, "the last trades to be published", 15_000);
  const lost = made.size - received.size;
  await until(() => producer.stats.filledTrades >= lost, "what was lost to be filled", 30_000);
  await until(async () => (await published()).length >= made.size, "all of it to be on the topic", 30_000);
  stop.abort();
  await running;

  const found = await published();
  const once = new Set(found);
  expect(found.length - once.size).toBe(0);
  expect([...made].filter((key) => !once.has(key))).toEqual([]);
  expect(once.size).toBe(made.size);
  expect(received.size).toBeLessThan(made.size);
  expect(producer.stats.filledTrades).toBeGreaterThan(0);
  expect(frames).toBeGreaterThan(FRAMES_PER_SECOND * SECONDS * 0.9);
  expect(producer.stats.duplicates).toBeGreaterThan(100);
  expect(producer.stats.gapCount).toBeGreaterThan(0);
  expect(producer.stats.refusals.size).toBeGreaterThan(0);
  expect(rig.fake.violations).toEqual([]);
  await rig[Symbol.asyncDispose]();
});

/** Sends a frame to who has subscribed its symbol, and notes its trades: what was made, and what anyone has got. */
function send(rig: KisRig, frame: string, made: Set<string>, received: Set<string>): void {
  const { trId, payload } = splitFrame(frame) as { trId: string; payload: string };
  const fields = payload.split("^");
  const sent = rig.fake.sendTo(trId, fields[0] as string, frame) > 0;
  if (trId !== "H0STCNT0") return;
  for (let start = 0; start < fields.length; start += WIDTH) {
    const record = fields.slice(start, start + WIDTH);
    // Expected prices of auctions and halted symbols trade nothing, and are not among REST's trades.
    if (record[SESSION] !== "0" || Number(record[VOLUME]) === 0) continue;
    made.add(keyOf(record));
    if (sent) received.add(keyOf(record));
  }
}

/** Something nasty, each time another. */
function disturb(rig: KisRig, turn: number): void {
  switch (turn % 4) {
    case 0:
      return rig.fake.drop();
    case 1:
      return rig.fake.drop("app-key-one");
    case 2:
      return rig.fake.stall(4_000);
    default:
      rig.fake.broadcast("0|H0STCNT0|002|005930^garbage");
      rig.fake.broadcast(new Uint8Array([0x30, 0x7c, 0xff, 0xfe]));
      rig.fake.broadcast("\u0000\u0001 what is this");
  }
}
