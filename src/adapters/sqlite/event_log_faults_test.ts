import { expect } from "expect";
import { systemClock, VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { NewRecord, Topic } from "../../ports/event_log.ts";
import { partitionsOf, TOPICS } from "../../ports/topics.ts";
import { databaseError, openDatabase, pragma } from "./database.ts";
import { openSqliteLog } from "./event_log.ts";
import { LogReader } from "./event_log_reader.ts";
import { DEFAULT_RETENTION } from "./event_log_retention.ts";
import {
  LOG_APPLICATION_ID,
  LOG_MIGRATIONS,
  offsetOf,
  rowId,
  rowIdEnd,
  streamOf,
} from "./event_log_schema.ts";
import { LogWriter } from "./event_log_writer.ts";
import { WriteTrouble } from "./write_trouble.ts";
import { within } from "../../../tests/support/gather.ts";

const MINUTE = 60_000;

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-log-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function record(topic: Topic, key: string, value: string | null): NewRecord {
  return { topic, key, placement: "005930", value, timestamp: 1 };
}

Deno.test("a second opening of a log in use is refused in one clear line", () =>
  withFolder(async (folder) => {
    const options = { path: `${folder}/log.sqlite`, partitions: 2, clock: systemClock };
    const log = await openSqliteLog(options);
    await expect(openSqliteLog(options)).rejects.toMatchObject({
      code: "database_in_use",
      message: expect.stringContaining("another process is using this data directory"),
    });
    await log.append([record("trades", "005930", "still working")]);
    await log.close();
    await (await openSqliteLog(options)).close();
  }));

Deno.test("damaged, foreign, newer and unreachable files are refused with what to do", () =>
  withFolder(async (folder) => {
    const open = (path: string, partitions = 2) => openSqliteLog({ path, partitions, clock: systemClock });
    await Deno.writeTextFile(`${folder}/junk.sqlite`, "not a database, not at all\n".repeat(400));
    await expect(open(`${folder}/junk.sqlite`)).rejects.toMatchObject({ code: "database_unusable" });

    openDatabase({ path: `${folder}/other.sqlite`, applicationId: 1, migrations: ["CREATE TABLE t (a)"] })
      .close();
    await expect(open(`${folder}/other.sqlite`)).rejects.toMatchObject({ code: "database_unusable" });

    const newer = [...LOG_MIGRATIONS, "CREATE TABLE future (a)"];
    openDatabase({ path: `${folder}/newer.sqlite`, applicationId: LOG_APPLICATION_ID, migrations: newer })
      .close();
    await expect(open(`${folder}/newer.sqlite`)).rejects.toThrow("newer version of Tickbell");

    await Deno.writeTextFile(`${folder}/file`, "");
    await expect(open(`${folder}/file/log.sqlite`)).rejects.toMatchObject({ code: "database_unwritable" });

    await (await open(`${folder}/log.sqlite`, 2)).close();
    await expect(open(`${folder}/log.sqlite`, 3)).rejects.toMatchObject({ code: "partitions_fixed" });
  }));

Deno.test("a full disk refuses the write whole, and the log goes on when there is room", () =>
  withFolder((folder) => {
    const path = `${folder}/log.sqlite`;
    const database = openDatabase({ path, applicationId: LOG_APPLICATION_ID, migrations: LOG_MIGRATIONS });
    const writer = new LogWriter(database);
    const write = (bytes: number) =>
      writer.write({
        records: [{ record: record("alerts", "005930", "x".repeat(bytes)), partition: 0 }],
        commits: [],
        at: 1,
      });
    write(10);
    database.exec(`PRAGMA max_page_count = ${pragma(database, "page_count")}`);
    let thrown: unknown;
    try {
      write(100_000);
    } catch (error) {
      thrown = databaseError(error, path);
    }
    expect(thrown).toMatchObject({ code: "database_disk_full", retryable: true });
    database.exec("PRAGMA max_page_count = 100000");
    expect(write(20).positions).toEqual([{ topic: "alerts", partition: 0, offset: 1 }]);
    const read = new LogReader(database, { records: 10, bytes: 1000 })
      .read({ topic: "alerts", partition: 0, from: 0, to: 2 });
    expect(read.records.map(({ offset, value }) => [offset, value?.length])).toEqual([[0, 10], [1, 20]]);
    database.close();
    return Promise.resolve();
  }));

Deno.test("a log that is opened while the time is wrong deletes nothing for its age", () =>
  withFolder(async (folder) => {
    const path = `${folder}/log.sqlite`;
    const write = await openSqliteLog({ path, partitions: 1, clock: new VirtualClock(0) });
    await write.append([record("deliveries", "a", "{}"), record("trades", "005930", "{}")]);
    await write.close();
    const clock = new VirtualClock(31 * 24 * 60 * MINUTE);
    const log = await openSqliteLog({ path, partitions: 1, clock });
    await clock.advance(9 * MINUTE);
    const starts = await Promise.all(
      (["deliveries", "trades"] as const).map((topic) => log.bounds(topic, 0)),
    );
    expect(starts.map(({ start }) => start)).toEqual([0, 0]);
    await log.close();
  }));

Deno.test("old trades go by age, too many by size, tombstones after their time; the file shrinks", () =>
  withFolder(async (folder) => {
    const clock = new VirtualClock(0);
    const path = `${folder}/log.sqlite`;
    const retention = {
      ageMs: { ...DEFAULT_RETENTION.ageMs, prices: 10 * MINUTE },
      tombstoneMs: 20 * MINUTE,
      maxBytes: 2_000_000,
    };
    const log = await openSqliteLog({ path, partitions: 1, clock, retention });
    const bulk = (topic: Topic) =>
      log.append(Array.from({ length: 500 }, () => record(topic, "005930", "x".repeat(200))));
    const start = async (topic: Topic) => (await log.bounds(topic, 0)).start;

    await bulk("trades");
    await log.append([record("rules", "gone", null), record("rules", "here", "{}")]);
    await clock.advance(9 * MINUTE);
    expect(await start("trades")).toBe(0);
    await clock.advance(2 * MINUTE);
    expect(await start("trades")).toBe(500);
    expect(await start("rules")).toBe(0);
    await clock.advance(10 * MINUTE);
    expect(await start("rules")).toBe(1);

    for (let call = 0; call < 40; call++) await bulk("quotes");
    await clock.advance(MINUTE);
    const kept = 20_000 - await start("quotes");
    expect(kept).toBeGreaterThan(4000);
    expect(kept).toBeLessThan(10_000);
    expect((await log.bounds("quotes", 0)).end).toBe(20_000);
    expect(await start("rules")).toBe(1);
    await log.close();
    expect((await Deno.stat(path)).size).toBeLessThan(2_500_000);
  }));

Deno.test("batches are bounded in records and bytes, raw and decoded", () =>
  withFolder(async (folder) => {
    const path = `${folder}/log.sqlite`;
    const log = await openSqliteLog({ path, partitions: 1, clock: systemClock, batch: { bytes: 4000 } });
    await log.append(Array.from({ length: 3000 }, () => record("trades", "005930", "x".repeat(100))));
    const sizes: number[] = [];
    for await (const batch of log.read({ topic: "trades", partition: 0, from: 0, to: 3000 })) {
      sizes.push(batch.records.length);
    }
    // A segment has 1,024 records, and is not divided.
    expect(sizes).toEqual([1024, 1024, 952]);
    await log.append(Array.from({ length: 100 }, (_, at) => record("rules", `r${at}`, "x".repeat(100))));
    const rules: number[] = [];
    for await (const batch of log.read({ topic: "rules", partition: 0, from: 0, to: 100 })) {
      rules.push(batch.records.length);
    }
    expect(rules).toEqual([40, 40, 20]);
    await log.close();
  }));

Deno.test("what was acknowledged survives a kill -9 of the process, again and again", () =>
  withFolder(async (folder) => {
    const path = `${folder}/log.sqlite`;
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--allow-all",
          new URL("../../../tests/support/append_forever.ts", import.meta.url).pathname,
          path,
          `${round}`,
        ],
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      let printed = "";
      let killed = false;
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        printed += chunk;
        if (killed || printed.split("\n").length <= 60) continue;
        killed = true;
        child.kill("SIGKILL");
      }
      await child.status;
      acknowledged.push(...printed.split("\n").slice(0, -1));
    }
    const log = await openSqliteLog({ path, partitions: 2, clock: systemClock });
    const found = new Set<string>();
    for (const topic of ["trades", "alerts"] as const) {
      for (const partition of [0, 1]) {
        const { end } = await log.bounds(topic, partition);
        for await (const batch of log.read({ topic, partition, from: 0, to: end })) {
          for (const { value } of batch.records) found.add(new TextDecoder().decode(value ?? undefined));
        }
      }
    }
    await log.close();
    expect(acknowledged.length).toBeGreaterThan(150);
    expect(acknowledged.filter((value) => !found.has(value))).toEqual([]);
  }));

Deno.test("a topic's records stay where files that are there have them", () => {
  const streams = TOPICS.map((topic) => [topic, streamOf(topic, 0)]);
  expect(Object.fromEntries(streams)).toEqual({
    trades: 0,
    quotes: 1024,
    rules: 2048,
    alerts: 3072,
    deliveries: 4096,
    deadletter: 5120,
    reference: 6144,
    candles: 7168,
    spent: -1024,
    status: 5121,
    control: 5122,
    audit: 5123,
  });
  const all = TOPICS.flatMap((topic) =>
    Array.from({ length: partitionsOf(topic, 1024) }, (_, partition) => streamOf(topic, partition))
  );
  expect(new Set(all).size).toBe(all.length);
  for (const stream of all) {
    expect(Math.abs(rowIdEnd(stream))).toBeLessThanOrEqual(2 ** 53);
    expect(offsetOf(rowId(stream, 12_345))).toBe(12_345);
  }
});

Deno.test("once a write has failed all are refused at once, until one of a busy moment's size works; reads go on", async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  let full = true;
  const trouble = new WriteTrouble({
    clock,
    signal: stop.signal,
    probe() {
      if (full) throw new Error("database or disk is full");
    },
  });
  trouble.failed(new OutsideError("record_too_large", "too large", { retryable: false }));
  expect(trouble.failure).toBeUndefined();
  trouble.failed(new OutsideError("database_disk_full", "disk full", { retryable: true }));
  await clock.advance(10_000);
  expect(trouble.failure?.code).toBe("database_disk_full");
  full = false;
  await clock.advance(1_000);
  expect(trouble.failure).toBeUndefined();
  trouble.failed(new OutsideError("database_disk_full", "again", { retryable: true }));
  stop.abort();
  await within(trouble.ended, "the end of the trouble");
});
