import { setImmediate } from "node:timers/promises";
import type { ReadOptions, RecordBatch } from "../../ports/event_log.ts";
import type { Fetcher } from "./fetcher.ts";
import { Inbox, type PassedOver } from "./inbox.ts";
import { toRecordBatch } from "./to_batch.ts";

/**
 * Reads a partition without a group; ends at `to`, when the topic is made anew before that, or when the signal is aborted.
 */
export async function* readPartition(
  options: ReadOptions,
  through: {
    readonly fetcher: Fetcher;
    readonly name: string;
    readonly passedOver: PassedOver;
    readonly signal: AbortSignal;
  },
): AsyncIterable<RecordBatch> {
  const { topic, partition, to = Infinity } = options;
  const { signal, passedOver, fetcher, name } = through;
  const from = Math.max(0, options.from);
  if (from >= to || signal.aborted) return;
  const place = { topic, name, partition };
  const inbox = new Inbox({ place, from, fetcher, passedOver });
  const stop = () => inbox.wake();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      const fetched = inbox.take();
      if (fetched) {
        const batch = await toRecordBatch(place, fetched, passedOver);
        const records = batch.records.filter(({ offset }) => offset < to);
        if (records.length > 0) yield { ...batch, records, nextOffset: Math.min(to, fetched.nextOffset) };
        if (fetched.nextOffset >= to) return;
        if (inbox.backlog) await setImmediate();
      } else if (inbox.nextOffset >= to || (inbox.rewound && to < Infinity)) return;
      else await inbox.wait();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    inbox.close();
  }
}
