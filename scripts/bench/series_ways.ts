/**
 * The ways from messages into a price series that are compared. Each answers how long its points took and the CPU time
 * of the writing process; what is made ready before (messages, topics, bodies) does not count.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { InfluxDB, Point } from "@influxdata/influxdb-client";
import { tradeLine } from "../../src/adapters/influx/influx_lines.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { decodeTrade } from "../../src/market/decode_trade.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { SeriesStore } from "../../src/ports/series_store.ts";
import type { Influxd } from "../../tests/support/influxd.ts";
import { consume, fill, ownCpuSeconds, tradeAt } from "./series_world.ts";

/** What a way took for its points. */
export interface Took {
  readonly points: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const PYTHON = Deno.env.get("TICKBELL_BENCH_PYTHON") ?? "python3";
const BUCKET = "first";

async function timed(points: number, run: () => Promise<void>): Promise<Took> {
  const cpu = ownCpuSeconds();
  const began = performance.now();
  await run();
  return { points, seconds: (performance.now() - began) / 1000, cpuSeconds: ownCpuSeconds() - cpu };
}

function messagesOf(count: number): string[] {
  const start = Date.now() - 60_000;
  return Array.from({ length: count }, (_, index) => encodeTrade(tradeAt(index, start)));
}

/** Whether the original's client is on this machine. */
export async function hasOriginalClient(): Promise<boolean> {
  const args = ["-c", "import influxdb_client"];
  try {
    return (await new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/** One synchronous write a message, with the original's client for Python. */
export async function originalWay({ url, org, token }: Influxd, count: number): Promise<Took> {
  const script = new URL("series_original.py", import.meta.url).pathname;
  const child = new Deno.Command(PYTHON, {
    args: [script, url, org, token, BUCKET],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(messagesOf(count).join("\n")));
  await input.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("the original's consumer failed");
  return { points: count, ...JSON.parse(new TextDecoder().decode(stdout)) };
}

/** The same with the client for JavaScript in this process: one write a message, waiting for each answer. */
export async function oneWriteAMessage({ url, token, org }: Influxd, count: number): Promise<Took> {
  // With a batch size of one the client would send by itself, and flush() would not wait for it.
  const writing = new InfluxDB({ url, token }).getWriteApi(org, BUCKET, "ns", {
    batchSize: 2,
    maxRetries: 0,
  });
  const values = messagesOf(count).map((message) => new TextEncoder().encode(message));
  const took = await timed(count, async () => {
    for (const value of values) {
      const { symbol, eventTime, halted, ...fields } = decodeTrade(value);
      const point = new Point("realtime_purchase").tag("STOCKCODE", symbol).tag("TRHT_YN", halted);
      for (const [name, field] of Object.entries(fields)) {
        if (typeof field === "number") point.floatField(name, field);
        else if (field !== undefined) point.stringField(name, field);
      }
      writing.writePoint(point.timestamp(`${eventTime}000000`));
      await writing.flush();
    }
  });
  await writing.close();
  return took;
}

/** @throws {Error} when points of a way are not there: its time would mean nothing. */
export async function checkPoints({ api }: Influxd, bucket: string, count: number): Promise<void> {
  const rows = await api.rows(`from(bucket: "${bucket}") |> range(start: 0)
  |> filter(fn: (r) => r._measurement == "realtime_purchase" and (r._field == "STCK_PRPR" or r._field == "price"))
  |> count() |> group() |> sum()`);
  const found = Number(rows[0]?._value ?? 0);
  if (found !== count) throw new Error(`${found} points are in ${bucket}, not ${count}`);
}

/** The consumer, from a topic that is filled already. */
export async function throughTheConsumer(series: SeriesStore, count: number): Promise<Took> {
  const log = await openSqliteLog({ path: ":memory:", partitions: 4, clock: systemClock });
  await fill(log, 0, count);
  let stop = () => Promise.resolve();
  const took = await timed(count, async () => {
    const run = consume(log, series);
    stop = run.stop;
    while (await run.points() < count) await systemClock.sleep(5);
  });
  await stop();
  await log.close();
  await series.close();
  return took;
}

/** What InfluxDB takes by itself: bodies made before, two at a time, as the consumer sends them. */
export async function preparedBodies({ url, token, org }: Influxd, count: number): Promise<Took> {
  const start = Date.now() - 60_000;
  const lines = Array.from({ length: count }, (_, index) => tradeLine(tradeAt(index, start)));
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; from < count; from += 20_000) {
    bodies.push(new Uint8Array(gzipSync(lines.slice(from, from + 20_000).join("\n"), { level: 1 })));
  }
  const headers = { authorization: `Token ${token}`, "content-encoding": "gzip" };
  const send = async () => {
    for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) {
      const query = new URLSearchParams({ org, bucket: BUCKET, precision: "ns" });
      const answer = await fetch(`${url}/api/v2/write?${query}`, { method: "POST", body, headers });
      const refusal = await answer.text();
      // An overloaded server: once more, as the consumer does it.
      if (answer.status >= 500) bodies.push(body);
      else if (answer.status !== 204) throw new Error(`InfluxDB answered ${answer.status}: ${refusal}`);
    }
  };
  return await timed(count, async () => void await Promise.all([send(), send()]));
}
