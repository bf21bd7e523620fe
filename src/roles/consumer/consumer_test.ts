import { turns } from "../../../tests/support/turns.ts";
import { expect } from "expect";
import { Registry } from "prom-client";
import { encodeCandle } from "../../market/minute_candle_codec.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import { VirtualClock } from "../../core/clock.ts";
import type { RefusedPoint } from "../../ports/series_store.ts";
import { OPENING, quoteOf, tradeOf } from "../../../tests/contract/series_store.ts";
import {
  ALL,
  away,
  committed,
  deadLetters,
  end,
  inFrontOf,
  quoteRecord,
  tradeRecord,
  withBench,
} from "../../../tests/support/consumer_bench.ts";
import { until } from "../../../tests/support/until.ts";

Deno.test("trades and quotes come into the series, and the offsets are committed", () =>
  withBench(async ({ log, series, health, start }) => {
    await log.append([tradeRecord(0), tradeRecord(1), quoteRecord(0)]);
    const consumer = start();
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    await until(async () => await committed(log, "quotes") === await end(log, "quotes"));
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(2);
    expect(await series.quotes({ symbol: "005930", ...ALL })).toHaveLength(1);
    expect(health.components().consumer?.state).toBe("ready");
    await consumer.stop();
    expect(health.components().consumer?.state).toBe("down");
  }));

Deno.test("what stands between the trades is passed over, counted, and no dead letter", () =>
  withBench(async ({ log, series, registry, start }) => {
    const event = { topic: "trades", key: "005930", timestamp: OPENING } as const;
    await log.append([
      { ...event, value: '{"kind":"status","symbol":"005930","eventTime":1,"halted":"N","vi":"Y"}' },
      tradeRecord(0),
      { ...event, value: '{"kind":"something new"}' },
    ]);
    const consumer = start();
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    await consumer.stop();
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(1);
    expect(await registry.metrics()).toContain("tickbell_consumer_events_passed_over_total 2");
    expect(await deadLetters(log)).toEqual([]);
  }));

Deno.test("alerts come into the series for the charts; one that cannot be read is left to the notifier", () =>
  withBench(async ({ log, series, registry, start }) => {
    const alert = alertFixture();
    const written: string[] = [];
    const watched = inFrontOf(series, (batch) => {
      written.push(...(batch.alerts ?? []).map(({ id }) => id));
      return series.write(batch);
    });
    const record = { topic: "alerts", key: alert.symbol, timestamp: alert.eventTime } as const;
    await log.append([{ ...record, value: "{}" }, { ...record, value: encodeAlert(alert) }]);
    const consumer = start({ series: watched });
    await until(() => written.length > 0);
    await consumer.stop();
    expect(written).toEqual([alert.id]);
    expect(await registry.metrics()).toContain('tickbell_consumer_points_total{kind="alert"} 1');
    expect(await deadLetters(log)).toEqual([]);
  }));

Deno.test("the stream's closed minutes come into the series, what stands between them is passed over", () =>
  withBench(async ({ log, series, registry, start }) => {
    const minute = Math.floor(OPENING / 60_000) * 60_000;
    const closed = {
      symbol: "005930",
      start: minute,
      open: 1,
      high: 9,
      low: 1,
      close: 5,
      volume: 77,
      value: 300,
      trades: 3,
      last: [],
    };
    const record = { topic: "candles", key: "005930", timestamp: minute } as const;
    await log.append([
      tradeRecord(0),
      { ...record, value: '{"kind":"status","symbol":"005930","eventTime":1,"halted":"N","vi":"Y"}' },
      { ...record, value: encodeCandle(closed) },
      { ...record, value: "{}" },
    ]);
    const consumer = start();
    await until(async () => await committed(log, "candles") === await end(log, "candles"));
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    await consumer.stop();
    const [candle] = await series.candles({ symbol: "005930", interval: "1m", ...ALL });
    expect(candle).toMatchObject({ start: minute, high: 9, volume: 77 });
    expect(await registry.metrics()).toContain('tickbell_consumer_points_total{kind="candle"} 1');
    expect((await deadLetters(log)).map(({ headers }) => headers.code)).toEqual(["bad_candle"]);
  }));

Deno.test("the offset is committed only after the write was acknowledged", () =>
  withBench(async ({ log, series, start }) => {
    const acknowledge = Promise.withResolvers<void>();
    let writes = 0;
    const slow = inFrontOf(series, async (batch) => {
      writes++;
      await acknowledge.promise;
      return await series.write(batch);
    });
    await log.append([tradeRecord(0)]);
    const consumer = start({ series: slow });
    await until(() => writes === 1);
    expect(await committed(log, "trades")).toBe(0);
    acknowledge.resolve();
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    await consumer.stop();
  }));

Deno.test("of two writes under way the later one may end first; its offset waits for the earlier one", () =>
  withBench(async ({ log, series, start }) => {
    const acknowledge = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let writes = 0;
    let ended = 0;
    const slow = inFrontOf(series, async (batch) => {
      await acknowledge[writes++]?.promise;
      const refused = await series.write(batch);
      ended++;
      return refused;
    });
    await log.append(Array.from({ length: 30 }, (_, at) => tradeRecord(at)));
    const consumer = start({ series: slow, batchPoints: 10 });
    await until(() => writes === 2);
    acknowledge[1]?.resolve();
    await until(() => ended === 1);
    // Were it committed at once, it would be by now.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await committed(log, "trades")).toBe(0);
    expect(writes).toBe(2);
    acknowledge[0]?.resolve();
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(30);
    await consumer.stop();
  }));

Deno.test("what follows a write that was given up is not committed", () =>
  withBench(async ({ log, series, start }) => {
    let writes = 0;
    let ended = 0;
    const half = inFrontOf(series, async (batch) => {
      if (writes++ % 2 === 0) return await away();
      const refused = await series.write(batch);
      ended++;
      return refused;
    });
    await log.append(Array.from({ length: 20 }, (_, at) => tradeRecord(at)));
    const consumer = start({ series: half, batchPoints: 10, random: () => 1 });
    await until(() => ended === 1);
    await consumer.stop();
    expect(await committed(log, "trades")).toBe(0);
  }));

Deno.test("points of many records and partitions are written in one go, up to the size", () =>
  withBench(async ({ log, series, start }) => {
    const sizes: number[] = [];
    const watched = inFrontOf(series, (batch) => {
      sizes.push(batch.trades.length + batch.quotes.length);
      return series.write(batch);
    });
    await log.append(Array.from({ length: 250 }, (_, at) => tradeRecord(at)));
    await log.append(Array.from({ length: 30 }, (_, at) => quoteRecord(at)));
    const consumer = start({ series: watched, batchPoints: 100, batchMs: 200 });
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    await until(async () => await committed(log, "quotes") === await end(log, "quotes"));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(sizes.length).toBeLessThanOrEqual(5);
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(250);
    await consumer.stop();
  }));

Deno.test("a record that cannot be read is dead-lettered with its bytes and reason, and its batch goes on", () =>
  withBench(async ({ log, series, registry, start }) => {
    const bad = { value: new Uint8Array([0x7b, 0xff]) };
    await log.append([tradeRecord(0), tradeRecord(1, bad), tradeRecord(2, { value: "{}" }), tradeRecord(3)]);
    await log.append([{ ...quoteRecord(0), value: JSON.stringify({ ...quoteOf(), asks: "none" }) }]);
    const consumer = start();
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    await until(async () => await committed(log, "quotes") === await end(log, "quotes"));
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(2);
    const letters = await deadLetters(log);
    expect(letters.map((letter) => letter.headers.code).sort()).toEqual([
      "bad_field",
      "missing_field",
      "not_utf8",
    ]);
    const [broken] = letters.filter((letter) => letter.headers.code === "not_utf8");
    expect(broken?.value).toEqual(bad.value);
    expect(broken?.headers.role).toBe("consumer");
    expect(broken?.headers.origin).toMatch(/^trades\/\d\/\d+$/);
    expect(await registry.metrics()).toContain(
      'tickbell_consumer_records_rejected_total{topic="trades",code="not_utf8"} 1',
    );
    await consumer.stop();
  }));

Deno.test("a point the store refuses is dead-lettered, the rest of its batch is written", () =>
  withBench(async ({ log, series, start }) => {
    const picky = inFrontOf(series, async (batch) => {
      const index = batch.trades.findIndex((trade) => trade.eventTime === OPENING + 1);
      const trades = batch.trades.filter((_, other) => other !== index);
      await series.write({ trades, quotes: batch.quotes });
      return index < 0 ? [] : [{ kind: "trade", index, reason: "field type conflict" }];
    });
    await log.append([tradeRecord(0), tradeRecord(1), tradeRecord(2)]);
    const consumer = start({ series: picky });
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    const [letter] = await deadLetters(log);
    expect(letter?.headers.reason).toBe("field type conflict");
    expect(JSON.parse(new TextDecoder().decode(letter?.value ?? undefined)).eventTime).toBe(OPENING + 1);
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(2);
    await consumer.stop();
  }));

Deno.test("the store away for ten minutes costs only lag: nothing is lost, little is in memory, readiness says degraded", async () => {
  const clock = new VirtualClock(OPENING, turns);
  await withBench(async ({ log, series, health, registry, start }) => {
    const back = OPENING + 600_000;
    let most = 0;
    const store = inFrontOf(series, (batch) => {
      most = Math.max(most, batch.trades.length);
      return clock.now() < back ? away() : series.write(batch);
    });
    start({ series: store, batchPoints: 50 });
    for (let minute = 0; minute < 11; minute++) {
      await log.append(Array.from({ length: 100 }, (_, i) => tradeRecord(minute * 1000 + i)));
      if (minute === 5) {
        await until(() => health.components().consumer?.state === "degraded");
        const text = await registry.metrics();
        const buffered = Number(/tickbell_consumer_buffered_points (\d+)/.exec(text)?.[1]);
        expect(buffered).toBeGreaterThan(0);
        expect(buffered).toBeLessThanOrEqual(200);
        const lags = [...text.matchAll(/lag_records\{topic="trades",partition="\d"\} (\d+)/g)].map((
          [, lag],
        ) => Number(lag));
        expect(Math.max(...lags)).toBeGreaterThan(300);
      }
      await clock.advance(60_000);
    }
    await until(async () => {
      await clock.advance(1000);
      return await committed(log, "trades") === await end(log, "trades");
    });
    expect(most).toBeLessThanOrEqual(50);
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(1100);
    expect(health.components().consumer?.state).toBe("ready");
  }, clock);
});

Deno.test("stopping while the store is away is quick, and the next consumer writes what was left", () =>
  withBench(async ({ log, series, start }) => {
    await log.append(Array.from({ length: 100 }, (_, at) => tradeRecord(at)));
    let tries = 0;
    const dead = inFrontOf(series, () => {
      tries++;
      return away();
    });
    const first = start({ series: dead, batchPoints: 20 });
    await until(() => tries > 0);
    await first.stop();
    expect(await committed(log, "trades")).toBe(0);
    const second = start({ registry: new Registry() });
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(100);
    await second.stop();
  }));

Deno.test("a store that hangs does not keep the consumer from stopping", async () => {
  const clock = new VirtualClock(OPENING, turns);
  await withBench(async ({ log, series, start }) => {
    await log.append([tradeRecord(0)]);
    const hung = Promise.withResolvers<readonly RefusedPoint[]>();
    let writes = 0;
    const hanging = inFrontOf(series, () => {
      writes++;
      return hung.promise;
    });
    const consumer = start({ series: hanging });
    await until(async () => {
      await clock.advance(10);
      return writes === 1;
    });
    let stopped = false;
    const stopping = consumer.stop().then(() => stopped = true);
    await until(async () => {
      await clock.advance(100);
      return stopped;
    });
    await stopping;
    expect(clock.now()).toBeLessThan(OPENING + 10_000);
    expect(await committed(log, "trades")).toBe(0);
    hung.resolve([]);
  }, clock);
});

Deno.test("what is read is written and committed before the consumer stops", () =>
  withBench(async ({ log, series, start, registry }) => {
    await log.append(Array.from({ length: 40 }, (_, at) => tradeRecord(at)));
    const consumer = start({ batchMs: 60_000 });
    await until(async () => /buffered_points 40/.test(await registry.metrics()));
    await consumer.stop();
    expect(await committed(log, "trades")).toBe(await end(log, "trades"));
    expect(await series.trades({ symbol: "005930", ...ALL })).toHaveLength(40);
  }));

Deno.test("a write that was not committed is written again and changes nothing", () =>
  withBench(async ({ log, series, start }) => {
    await log.append(Array.from({ length: 10 }, (_, at) => tradeRecord(at)));
    await series.write({
      trades: Array.from({ length: 10 }, (_, at) => tradeOf({ eventTime: OPENING + at, volume: 1 })),
      quotes: [],
    });
    const consumer = start();
    await until(async () => await committed(log, "trades") === await end(log, "trades"));
    const [minute] = await series.candles({ symbol: "005930", interval: "1m", ...ALL });
    expect(minute?.volume).toBe(10);
    await consumer.stop();
  }));

Deno.test("a bug in the store ends the consumer with the error", () =>
  withBench(async ({ log, series, start }) => {
    await log.append([tradeRecord(0)]);
    const broken = inFrontOf(series, () => Promise.reject(new TypeError("undefined is not a function")));
    await expect(start({ series: broken }).done).rejects.toThrow("undefined is not a function");
  }));
