import { setImmediate } from "node:timers/promises";
import type { ReadOptions, RecordBatch } from "../../ports/event_log.ts";
import { decodeRecords } from "./decode_records.ts";
import type { Fetcher } from "./fetcher.ts";
import { Inbox } from "./inbox.ts";

/** Reads a partition without a group; ends at `to` or when the signal is aborted. */
export async function* readPartition(
  options: ReadOptions,
  through: { readonly fetcher: Fetcher; readonly name: string; readonly signal: AbortSignal },
): AsyncIterable<RecordBatch> {
  const { topic, partition, to = Infinity } = options;
  const { signal } = through;
  const from = Math.max(0, options.from);
  if (from >= to || signal.aborted) return;
  const inbox = new Inbox({ topic: through.name, partition, from, fetcher: through.fetcher });
  const stop = () => inbox.wake();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      const fetched = inbox.take();
      if (fetched) {
        const records = decodeRecords({ topic, partition, from }, fetched.bytes).filter(({ offset }) =>
          offset < to
        );
        const nextOffset = Math.min(to, fetched.nextOffset);
        if (records.length > 0) yield { topic, partition, records, nextOffset, endOffset: fetched.endOffset };
        if (fetched.nextOffset >= to) return;
        if (inbox.backlog) await setImmediate();
      } else if (inbox.nextOffset >= to) return;
      else await inbox.wait();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    inbox.close();
  }
}
