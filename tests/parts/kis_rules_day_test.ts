/**
 * A day of the feed against the fake server: 2,000 frames a second over two sessions, with drops after which the key is
 * occupied, stalls, duplicates, garbage, frames lost on the way, symbols that never speak, and wider frames at noon. It ends
 * with every trade that came or that REST can fill on the topic once, and every rule fired that the day's prices reached.
 */
import { expect } from "expect";
import { MasterSite } from "../../src/adapters/kis/rest/master_site.ts";
import { openQuotations } from "../../src/adapters/kis/rest/open_rest.ts";
import { decodeAlert } from "../../src/alerts/codec.ts";
import { ReferenceBook } from "../../src/books/reference_book.ts";
import { systemClock } from "../../src/core/clock.ts";
import { MarketCalendar } from "../../src/market/calendar.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { LISTING } from "../../src/market/listing.ts";
import { dateOf, hourOf } from "../../src/market/seoul_time.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { engineModule } from "../support/engine_module.ts";
import { type DayTrade, KisDay } from "../support/kis_day.ts";
import { KisRig } from "../support/kis_rig.ts";
import { ruleOf } from "../support/rules.ts";
import { allRecords, allValues, temporaryLog } from "../support/temporary_log.ts";
import { until } from "../support/until.ts";

const FRAMES_PER_SECOND = 2_000;
/** How long the day lasts here: 20 s, or what TICKBELL_TEST_DAY_SECONDS says; 23,400 is a day as it is. */
const SECONDS = Number(Deno.env.get("TICKBELL_TEST_DAY_SECONDS") ?? 20);
/** Trades of a page of KIS's REST. */
const REST_PAGE = 30;
const TRADED = LISTING.slice(0, 78);
/** Subscribed, and never traded: a symbol that NXT has not, one that is suspended. */
const SILENT = ["999998", "999999"];

Deno.test("a day with occupied keys, silent symbols and wider frames at noon: every rule fired that the prices reached", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const apps = { "app-key-one": "secret-one", "app-key-two": "secret-two" };
  const rig = new KisRig({
    // A second stands for KIS's hundred.
    fake: {
      apps,
      heartbeatMs: 200,
      heartbeatLimitMs: 10_000,
      keyHeldMs: 1_000,
      rest: { perSecond: 1_000, emptyEvery: 7 },
    },
    source: { timings: { silentMs: 1_000, inUseWaitsMs: Array(8).fill(300), neverSpokeMs: 3_000 } },
    reads: false,
  });
  const day = new KisDay(rig.fake, TRADED);
  const rules = rulesOf(day);
  await log.append(
    rules.map((rule) => ({
      topic: "rules" as const,
      key: rule.id,
      placement: rule.symbol as string,
      value: encodeRule(rule),
      timestamp: Date.now(),
    })),
  );
  const stop = new AbortController();
  const producer = await producerOf(log, rig);
  const stream = new Stream({
    log,
    module: await engineModule(),
    directory: new SymbolDirectory(LISTING),
    clock: systemClock,
    random: Math.random,
  });
  const running = Promise.all([producer.run(stop.signal), stream.run(stop.signal)]);
  await rig.until(() => rig.fake.registered.length === 80, "80 registrations", 10_000);

  await playDay(day, rig);
  const real = mendable(day.trades);
  const onTopic = async () => new Set((await tradesOf(log)).map(keyOf));
  await until(
    async () => {
      const there = await onTopic();
      return real.every(({ key }) => there.has(key));
    },
    `${real.length} trades on the topic`,
    60_000,
  ).catch(async (thrown) => {
    const there = await onTopic();
    const lost = real.filter(({ key }) => !there.has(key));
    const open = producer.stats.gaps.filter(({ reason }) => reason.includes("not among"));
    throw new Error(
      `${thrown}: ${lost.length} are not: ${JSON.stringify(lost.slice(0, 3))}; gaps: ${JSON.stringify(open)}`,
    );
  });
  const given = givenAway(day.trades);
  const reached = rules.filter((rule) => given.some((trade) => meets(rule, trade))).map(({ id }) => id)
    .sort();
  const fired = async () =>
    [
      ...new Set(
        (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value as Uint8Array).ruleId),
      ),
    ]
      .sort();
  await until(
    async () => (await fired()).length >= reached.length,
    `${reached.length} rules to fire`,
    15_000,
  );

  // Counted anew from the last time they were registered, which may have been a moment ago.
  const silent = () =>
    producer.sourceStatus().subscribed?.filter((one) => one.silent !== undefined)
      .map(({ symbol }) => symbol).sort();
  await until(() => silent()?.length === SILENT.length, "the silent symbols", 15_000);
  expect(silent()).toEqual(SILENT);
  stop.abort();
  await running;

  const published = (await tradesOf(log)).map(keyOf);
  expect(published.length - new Set(published).size).toBe(0);
  const known = new Set(day.trades.map(({ key }) => key));
  expect(published.filter((key) => !known.has(key))).toEqual([]);
  const sent = new Set(day.trades.filter((trade) => trade.sent).map(({ key }) => key));
  expect([...sent].filter((key) => !published.includes(key))).toEqual([]);
  const ids = new Set(await fired());
  expect(reached.filter((id) => !ids.has(id))).toEqual([]);
  // What was lost for good may have fired too: by the day's high and low of the next trade.
  const all = day.trades.filter((trade) => trade.real);
  expect(rules.filter((rule) => ids.has(rule.id) && !all.some((trade) => meets(rule, trade)))).toEqual([]);
  expect(reached.length).toBeGreaterThan(20);
  expect(day.frames).toBeGreaterThan(FRAMES_PER_SECOND * SECONDS * 0.9);
  const { stats } = producer;
  expect(stats.duplicates).toBeGreaterThan(100);
  expect(stats.filledTrades).toBeGreaterThan(100);
  expect(stats.widths.get("H0STCNT0")).toBe(49);
  expect([...stats.refusals.keys()].sort()).toEqual(["bad_width", "not_a_frame", "not_utf8"]);
  expect(rig.fake.violations).toEqual([]);
  await rig[Symbol.asyncDispose]();
});

/** Symbol and second. */
function placeOf({ key }: DayTrade): string {
  return key.split("|", 3).join("|");
}

/** The trades that were made, without those behind which no trade came that gives them away. */
function givenAway(trades: readonly DayTrade[]): readonly DayTrade[] {
  const real = trades.filter((trade) => trade.real);
  const last = new Map<string, number>();
  real.forEach(({ symbol, sent }, index) => sent && last.set(symbol, index));
  return real.filter(({ symbol }, index) => index <= (last.get(symbol) ?? -1));
}

/**
 * The trades that came, and the lost ones that REST can fill: not those of a second with more trades than its page, for
 * there is no way to ask for the rest. How far prices went in them the minute says.
 */
function mendable(trades: readonly DayTrade[]): readonly DayTrade[] {
  const counts = Map.groupBy(trades.filter(({ real }) => real), placeOf);
  return givenAway(trades).filter((trade) => trade.sent || counts.get(placeOf(trade))!.length <= REST_PAGE);
}

async function producerOf(log: EventLog, rig: KisRig): Promise<Producer> {
  const quotations = await openQuotations({
    environment: rig.fake,
    masters: new MasterSite({ url: `${rig.fake.restUrl}/common/master`, fetch }),
    app: { key: "app-key-one", secret: "secret-one" },
    customerType: "P",
    perSecond: 500,
    clock: systemClock,
    random: () => 0,
  });
  return new Producer({
    log,
    source: rig.source,
    clock: systemClock,
    random: Math.random,
    symbols: [...TRADED.map(({ symbol }) => symbol), ...SILENT],
    rest: { quotations, calendar: new MarketCalendar(), book: new ReferenceBook(log), always: true },
  });
}

/** Two targets a symbol, above and below where it begins; the halted one has none: it fires nothing. */
function rulesOf({ market }: KisDay): Rule[] {
  return market.instruments.filter(({ halted }) => !halted).flatMap(({ listed: { symbol, basePrice } }) =>
    ([["gte", 1.004], ["lte", 0.996]] as const).map(([comparator, share]) =>
      ruleOf({
        id: `${symbol}-${comparator}`,
        symbol,
        comparator,
        value: String(Math.round(basePrice * share)),
      })
    )
  );
}

function meets({ symbol, comparator, value }: Rule, trade: DayTrade): boolean {
  if (trade.symbol !== symbol) return false;
  return comparator === "gte" ? trade.price >= Number(value) : trade.price <= Number(value);
}

async function playDay(day: KisDay, rig: KisRig): Promise<void> {
  const began = Date.now();
  let turn = 0;
  for (let elapsed = 0; elapsed < SECONDS * 1_000; elapsed = Date.now() - began) {
    const due = Math.floor((elapsed / 1_000) * FRAMES_PER_SECOND) - day.frames;
    if (due > 0) day.play(due, elapsed > SECONDS * 500);
    if (elapsed >= (turn + 1) * 2_000) disturb(rig, turn++);
    await systemClock.sleep(5);
  }
  // The last trade of each symbol closes the gaps before it.
  await rig.until(() => rig.fake.registered.length === 80, "80 registrations at the end", 15_000);
  const seen = new Set<string>();
  for (let tries = 0; seen.size < TRADED.length && tries < 4_000; tries++) {
    const before = day.trades.length;
    day.play(1, true);
    for (const { symbol, sent, real } of day.trades.slice(before)) if (sent && real) seen.add(symbol);
    if (tries % 50 === 0) await systemClock.sleep(5);
  }
}

/** Something nasty, each time another. */
function disturb({ fake }: KisRig, turn: number): void {
  switch (turn % 4) {
    case 0:
      return fake.drop();
    case 1:
      return fake.drop("app-key-one");
    case 2:
      return fake.stall(4_000);
    default:
      fake.broadcast("0|H0STCNT0|002|005930^garbage");
      fake.broadcast(new Uint8Array([0x30, 0x7c, 0xff, 0xfe]));
      fake.broadcast("\u0000\u0001 what is this");
  }
}

/** The trades of the topic, without what stands between them: events, and the highs and lows of gaps. */
async function tradesOf(log: EventLog): Promise<Trade[]> {
  const isTrade = ({ kind, origin, volume }: Trade) =>
    kind === undefined && (origin === undefined || volume > 0);
  return (await allValues<Trade>(log, "trades")).filter(isTrade);
}

function keyOf({ symbol, eventTime, price, volume, accVolume }: Trade): string {
  return [symbol, dateOf(eventTime), hourOf(eventTime), price, volume, accVolume].join("|");
}
