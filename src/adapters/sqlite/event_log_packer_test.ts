import { expect } from "expect";
import fc from "fast-check";
import { VirtualClock } from "../../core/clock.ts";
import type { EventLog, LogRecord, NewRecord, Topic } from "../../ports/event_log.ts";
import { openSqliteLog } from "./event_log.ts";
import { openDatabase, pragma } from "./database.ts";
import { LOG_APPLICATION_ID, LOG_MIGRATIONS } from "./event_log_schema.ts";
import { Packer } from "./event_log_packer.ts";
import { verifyLog } from "./verify.ts";
import { turns } from "../../../tests/support/turns.ts";

const MINUTE = 60_000;

async function recordsOf(log: EventLog, topic: Topic, from = 0, to?: number): Promise<LogRecord[]> {
  const { start, end } = await log.bounds(topic, 0);
  const records: LogRecord[] = [];
  for await (
    const batch of log.read({
      topic,
      partition: 0,
      from: Math.max(from, start),
      to: Math.min(to ?? end, end),
    })
  ) {
    records.push(...batch.records);
  }
  return records;
}

const arbitraryRecord = fc.record({
  topic: fc.constantFrom<Topic>("trades", "alerts"),
  key: fc.string({ maxLength: 6 }),
  value: fc.option(fc.string({ maxLength: 40 })),
  timestamp: fc.integer({ min: 0, max: 1e12 }),
  headers: fc.dictionary(fc.constantFrom("a", "b"), fc.string({ maxLength: 4 }), { noNullPrototype: true }),
}) as fc.Arbitrary<NewRecord>;

Deno.test("what is read does not change when segments are packed, from any offset, before a restart and after", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-pack-" });
  let run = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(arbitraryRecord, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 30 }),
        async (appends, from) => {
          const clock = new VirtualClock(0, turns);
          const path = `${folder}/${run++}.db`;
          const options = { path, partitions: 1, clock };
          let log = await openSqliteLog(options);
          const before: Record<string, LogRecord[]> = {};
          for (const [index, records] of appends.entries()) {
            await log.append(records);
            if (index % 3 === 0) await clock.advance(MINUTE);
          }
          const seen = async () => ({
            trades: await recordsOf(log, "trades", from),
            alerts: await recordsOf(log, "alerts", 0, from),
          });
          Object.assign(before, await seen());
          await clock.advance(17 * MINUTE);
          expect(await seen()).toEqual(before);
          await log.append(appends[0]!);
          await clock.advance(17 * MINUTE);
          expect((await seen()).trades.slice(0, before.trades!.length)).toEqual(before.trades);
          await log.close();
          log = await openSqliteLog(options);
          expect((await seen()).alerts.slice(0, before.alerts!.length)).toEqual(before.alerts);
          await log.close();
          expect(verifyLog(path).filter(({ ok }) => !ok)).toEqual([]);
        },
      ),
      { numRuns: 6 },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a quiet feed's segments become one, a tenth of their size", () => {
  const database = openDatabase({
    path: ":memory:",
    applicationId: LOG_APPLICATION_ID,
    migrations: LOG_MIGRATIONS,
  });
  const insert = database.prepare("INSERT INTO segment (id, count, at, meta, body) VALUES (?, 1, 0, ?, ?)");
  const value = `{"symbol":"005930","price":71900,"rate":1.25,"volume":12,${"0".repeat(200)}}`;
  for (let id = 0; id < 800; id++) {
    const bytes = new TextEncoder().encode(value);
    const body = new Uint8Array(12 + bytes.length);
    const view = new DataView(body.buffer);
    view.setFloat64(0, id, true);
    view.setUint32(8, bytes.length, true);
    body.set(bytes, 12);
    insert.run(id, JSON.stringify({ k: ["005930"], t: [id], h: [0] }), body);
  }
  const sizeOf = () =>
    Number(database.prepare("SELECT sum(length(meta) + length(body)) AS n FROM segment").get()?.n);
  const before = sizeOf();
  const packer = new Packer({ database, partitions: () => 1 });
  expect(packer.step(59_000)).toBe(false);
  expect(packer.step(16 * MINUTE)).toBe(true);
  expect(packer.step(16 * MINUTE)).toBe(false);
  expect(Number(database.prepare("SELECT count(*) AS n FROM segment").get()?.n)).toBe(1);
  expect(sizeOf()).toBeLessThan(before / 10);
  expect(pragma(database, "page_count")).toBeGreaterThan(0);
  database.close();
});
