import { expect } from "expect";
import { Registry } from "prom-client";
import { InfluxSeriesStore } from "../../src/adapters/influx/series_store.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { OutsideError } from "../../src/core/errors.ts";
import { candleStart } from "../../src/ports/series_points.ts";
import { Consumer } from "../../src/roles/consumer/consumer.ts";
import { Health } from "../../src/telemetry/health.ts";
import { OPENING, quoteOf, seriesStoreContract, tradeOf } from "../contract/series_store.ts";
import { INFLUXD, type Influxd, runTasks, startInfluxd } from "../support/influxd.ts";
import { partTest } from "../support/part.ts";
import { until } from "../support/until.ts";

const MINUTE = 60_000;
const ALL = { from: 0, to: 4_000_000_000_000, limit: 10_000 };

let influxd: Influxd | undefined;
let buckets = 0;

Deno.test.afterAll(async () => {
  await influxd?.close();
});

function storeOf(
  { url, org, token }: Pick<Influxd, "url" | "org" | "token">,
  bucket: string,
  keep = { tickDays: 3650, candleDays: 3650 },
): InfluxSeriesStore {
  return new InfluxSeriesStore({ url, org, token, bucket, ...keep, clock: systemClock });
}

/** A store on a bucket of its own; the server is one for all tests. */
async function open(): Promise<{ store: InfluxSeriesStore; influxd: Influxd; bucket: string }> {
  influxd ??= await startInfluxd();
  const bucket = `stock${++buckets}`;
  const store = storeOf(influxd, bucket);
  await store.setup();
  return { store, influxd, bucket };
}

seriesStoreContract({
  name: "InfluxDB series store",
  register: (name, body) => partTest(name, INFLUXD, body),
  open: async () => {
    const { store } = await open();
    return { store, flush: () => store.flushCandles(), dispose: () => store.close() };
  },
});

partTest(
  "InfluxDB: a field of another type is refused with its reason, and its batch goes on",
  INFLUXD,
  async () => {
    const { store } = await open();
    await store.write({ trades: [tradeOf({ note: 1 })], quotes: [] });
    const trades = Array.from({ length: 40 }, (_, at) => tradeOf({ eventTime: OPENING + 1 + at }));
    const mixed = [
      ...trades.slice(0, 17),
      tradeOf({ eventTime: OPENING + 900, note: "one" }),
      ...trades.slice(17),
    ];
    const refused = await store.write({ trades: mixed, quotes: [quoteOf()] });
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ kind: "trade", index: 17 });
    expect(refused[0]?.reason).toContain("field type conflict");
    expect(await store.trades({ symbol: "005930", ...ALL })).toHaveLength(41);
    expect(await store.quotes({ symbol: "005930", ...ALL })).toHaveLength(1);
  },
);

partTest("InfluxDB: measurements, tags, field names and types are the original's", INFLUXD, async () => {
  const { store, influxd, bucket } = await open();
  await store.write({ trades: [tradeOf({ closeCode: "5", strength: 101.25 })], quotes: [quoteOf()] });
  const rows = await influxd.api.rows(`from(bucket: "${bucket}") |> range(start: 0)`);
  const trade = rows.filter((row) => row._measurement === "realtime_purchase");
  expect(trade[0]).toMatchObject({
    STOCKCODE: "005930",
    TRHT_YN: "N",
    HOUR_CLS_CODE: "0",
    MRKT_TRTM_CLS_CODE: "5",
    _time: "2025-11-26T00:00:00Z",
  });
  const fields = Object.fromEntries(trade.map((row) => [row._field, row._value]));
  expect(fields).toMatchObject({
    STCK_PRPR: 53200,
    PRDY_CTRT: -0.56,
    PRDY_VRSS_SIGN: "5",
    CTTR: 101.25,
    ACML_VOL: 1234567,
  });
  const quote = rows.filter((row) => row._measurement === "realtime_hoka");
  expect(quote[0]).toMatchObject({ STOCKCODE: "005930", HOUR_CLS_CODE: "0" });
  const levels = Object.fromEntries(quote.map((row) => [row._field, row._value]));
  expect(levels).toMatchObject({ ASKP1: 53300, ASKP10: 54200, BIDP_RSQN10: 29, TOTAL_BIDP_RSQN: 245 });
});

partTest("InfluxDB: the downsampling tasks make the candles of today by themselves", INFLUXD, async () => {
  const { store, influxd, bucket } = await open();
  const now = Date.now();
  await store.write({
    trades: [
      tradeOf({ eventTime: now - 2 }),
      tradeOf({ eventTime: now - 1, price: 53900, volume: 3, accVolume: 99 }),
    ],
    quotes: [],
  });
  await runTasks(influxd.api, `tickbell: ${bucket} `);
  // What the tasks have written: the store itself adds what is forming.
  const candles = (interval: "1m" | "1d") =>
    influxd.api.rows(`from(bucket: "${bucket}-candles") |> range(start: 0)
  |> filter(fn: (r) => r._measurement == "candle_${interval}" and r.STOCKCODE == "005930")
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group() |> sort(columns: ["_time"])`);
  const minutes = await candles("1m");
  expect(minutes.reduce((sum, { volume }) => sum + Number(volume), 0)).toBe(15);
  expect(minutes.at(-1)?.close).toBe(53900);
  const [day] = await candles("1d");
  expect(day).toMatchObject({
    _time: new Date(candleStart("1d", now)).toISOString().replace(".000", ""),
    open: 53500,
    high: 53600,
    low: 53100,
    close: 53900,
    volume: 99,
  });
});

partTest(
  "InfluxDB: a candle is of all trades of its minute, also when their tags change within it",
  INFLUXD,
  async () => {
    const { store } = await open();
    const of = (at: number, price: number, closeCode: string, accVolume: number) =>
      tradeOf({ eventTime: OPENING + at, price, closeCode, volume: 2, accVolume });
    await store.write({
      trades: [
        of(1, 53300, "1", 10),
        of(2, 53900, "2", 12),
        of(3, 53100, "1", 14),
        of(4, 53500, "2", 16),
        of(5, 53400, "1", 18),
      ],
      quotes: [],
    });
    await store.flushCandles();
    const [minute] = await store.candles({ symbol: "005930", interval: "1m", ...ALL });
    expect(minute).toMatchObject({ open: 53300, high: 53900, low: 53100, close: 53400, volume: 10 });
    const [day] = await store.candles({ symbol: "005930", interval: "1d", ...ALL });
    expect(day).toMatchObject({ close: 53400, volume: 18 });
    await store.write({ trades: [of(6, 53700, "2", 20)], quotes: [] });
    await store.flushCandles();
    const [after] = await store.candles({ symbol: "005930", interval: "1d", ...ALL });
    expect(after).toMatchObject({ close: 53700, volume: 20 });
  },
);

partTest("InfluxDB: buckets keep what is configured, and follow when it changes", INFLUXD, async () => {
  const { influxd, bucket } = await open();
  const again = storeOf(influxd, bucket, { tickDays: 3, candleDays: 400 });
  await again.setup();
  const { buckets } = await influxd.api.json<
    { buckets: { name: string; retentionRules: { everySeconds: number }[] }[] }
  >(
    "GET",
    "/api/v2/buckets?limit=100",
  );
  const days = (name: string) =>
    (buckets.find((found) => found.name === name)?.retentionRules[0]?.everySeconds ?? 0) / 86_400;
  expect([days(bucket), days(`${bucket}-candles`)]).toEqual([3, 400]);
  const now = Date.now();
  const trades = [tradeOf({ eventTime: now - 4 * 86_400_000 }), tradeOf({ eventTime: now })];
  expect(await again.write({ trades, quotes: [] })).toEqual([]);
  expect(await again.trades({ symbol: "005930", ...ALL })).toHaveLength(1);
});

partTest(
  "InfluxDB: away and back, the consumer loses nothing and a wrong token is reported",
  INFLUXD,
  async () => {
    const { store, influxd, bucket } = await open();
    const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
    const health = new Health();
    const consumer = new Consumer({
      log,
      series: store,
      clock: systemClock,
      health,
      registry: new Registry(),
      batchMs: 5,
    });
    const stopping = new AbortController();
    const append = (from: number) =>
      log.append(Array.from({ length: 100 }, (_, i) => {
        const trade = tradeOf({ eventTime: OPENING + from + i });
        return {
          topic: "trades",
          key: trade.symbol,
          timestamp: trade.eventTime,
          value: JSON.stringify(trade),
        };
      }));
    await append(0);
    const running = consumer.run(stopping.signal);
    try {
      const stored = async () => (await store.trades({ symbol: "005930", ...ALL }).catch(() => [])).length;
      await until(async () => await stored() === 100, "the first trades", MINUTE);
      await influxd.stop();
      await append(1000);
      await until(() => health.components().consumer?.state === "degraded", "the fault", MINUTE);
      await append(2000);
      await influxd.start();
      await until(async () => await stored() === 300, "every trade", MINUTE);
      const stranger = storeOf({ ...influxd, token: "wrong" }, bucket);
      const refused = await stranger.write({ trades: [tradeOf()], quotes: [] }).catch((thrown) => thrown);
      expect(refused).toBeInstanceOf(OutsideError);
      expect(refused).toMatchObject({ code: "influx_unauthorized", retryable: false });
      expect(refused.message).not.toContain("wrong");
      expect(stranger.health().ok).toBe(false);
    } finally {
      stopping.abort();
      await running;
      await log.close();
    }
  },
);
