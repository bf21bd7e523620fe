import type { EventLog, LogRecord, NewRecord } from "../../src/ports/event_log.ts";

/** The same log whose ledger keeps every record, as Kafka's does for a while; of one partition, from now on. */
export function uncompacted(log: EventLog): EventLog {
  const ledger: LogRecord[] = [];
  const append = async (records: readonly NewRecord[]) => {
    const positions = await log.append(records);
    for (const [index, { key, value, timestamp, headers = {} }] of records.entries()) {
      const { topic, partition, offset } = positions[index]!;
      if (topic !== "deliveries") continue;
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      ledger.push({ topic, partition, offset, key, timestamp, headers, value: bytes });
    }
    return positions;
  };
  async function* read(range: Parameters<EventLog["read"]>[0]) {
    if (range.topic !== "deliveries") return void (yield* log.read(range));
    const records = ledger.filter(({ offset }) => offset >= range.from && offset < (range.to ?? Infinity));
    const nextOffset = range.to ?? (records.at(-1)?.offset ?? range.from - 1) + 1;
    yield { topic: range.topic, partition: range.partition, records, nextOffset };
  }
  const bounds = async (...place: Parameters<EventLog["bounds"]>) => {
    const { start, end } = await log.bounds(...place);
    return { start: place[0] === "deliveries" ? 0 : start, end };
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === "append") return append;
      if (name === "bounds") return bounds;
      if (name === "read") return read;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
