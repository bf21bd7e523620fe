import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { EventLog, LogRecord, Topic } from "../../src/ports/event_log.ts";

/** An embedded log in a folder of its own, gone when disposed of. */
export async function temporaryLog(partitions = 3): Promise<{ log: EventLog } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-feed-" });
  const log = await openSqliteLog({ path: `${folder}/log.db`, partitions, clock: systemClock });
  return {
    log,
    [Symbol.asyncDispose]: async () => {
      await log.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Every record of a topic, partition by partition. */
export async function allRecords(log: EventLog, topic: Topic): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let partition = 0; partition < await log.partitions(topic); partition++) {
    const { start, end } = await log.bounds(topic, partition);
    for await (const batch of log.read({ topic, partition, from: start, to: end })) {
      records.push(...batch.records);
    }
  }
  return records;
}

/** The JSON values of a topic. */
export async function allValues<T>(log: EventLog, topic: Topic): Promise<T[]> {
  return (await allRecords(log, topic)).map((record) =>
    JSON.parse(new TextDecoder().decode(record.value ?? undefined))
  );
}
