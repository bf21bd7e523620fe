import { DatabaseSync } from "node:sqlite";
import { MADE_AT_HEADER } from "../../src/alerts/since.ts";
import { segmentOfRow } from "../../src/adapters/sqlite/event_log_pack.ts";
import { decodeSegment } from "../../src/adapters/sqlite/event_log_segment.ts";
import { rowId, rowIdEnd, topicOf } from "../../src/adapters/sqlite/event_log_schema.ts";
import { arrivalOf } from "../../src/ports/arrival.ts";
import type { LogRecord } from "../../src/ports/event_log.ts";

/**
 * How long each alert of an embedded log took from its trade's arrival to the transaction that wrote it, ms. Not from the
 * event time, as the stream's metric says it: KIS and the simulator give whole seconds, so that one would be half a second.
 *
 * Of the alerts that are not packed yet: those of the last seconds.
 *
 * @param path the log's file; its process has ended.
 */
export function alertTimes(path: string): number[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const arrivals = new Map<string, number[]>();
    for (const { record } of records(database, "trades")) {
      const trade = tradeOf(record);
      const known = arrivals.get(trade);
      if (known) known.push(arrivalOf(record));
      else arrivals.set(trade, [arrivalOf(record)]);
    }
    const times: number[] = [];
    for (const { record, at, isPacked } of records(database, "alerts")) {
      // Many transactions have become one row, with the time of the last.
      if (isPacked) continue;
      const madeAt = Number(record.headers[MADE_AT_HEADER]);
      const arrived = arrivals.get(tradeOf(record))?.findLast((arrival) => arrival <= madeAt);
      if (arrived === undefined) throw new Error(`alert ${record.offset} has no trade`);
      times.push(at - arrived);
    }
    return times;
  } finally {
    database.close();
  }
}

function* records(
  database: DatabaseSync,
  topic: "trades" | "alerts",
): Generator<{ record: LogRecord; at: number; isPacked: boolean }> {
  const streams = database.prepare("SELECT id FROM stream").all().map(({ id }) => Number(id));
  const rows = database.prepare(
    "SELECT at, meta, body, packed FROM segment WHERE id >= ? AND id < ? ORDER BY id",
  );
  for (const stream of streams.filter((stream) => topicOf(stream) === topic)) {
    for (const row of rows.iterate(rowId(stream, 0), rowIdEnd(stream))) {
      const segment = { topic, partition: 0, ...segmentOfRow(row) };
      for (const record of decodeSegment(segment, { from: 0, to: Infinity })) {
        yield { record, at: Number(row.at), isPacked: Number(row.packed) === 1 };
      }
    }
  }
}

/** What a trade and its alert have in common. */
function tradeOf({ value }: LogRecord): string {
  const { symbol, eventTime, price, volume } = JSON.parse(new TextDecoder().decode(value!));
  return `${symbol} ${eventTime} ${price} ${volume}`;
}
