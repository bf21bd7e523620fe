import { recordsOf } from "../../books/records_of.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import type { Topic } from "../../ports/topics.ts";

/** What a box sends on. */
export const FORWARDED = ["trades", "quotes", "alerts", "deliveries"] as const satisfies readonly Topic[];
export type Forwarded = typeof FORWARDED[number];

/** The header of a forwarded record that says where it stood in the box's log. */
export const BOX_OFFSET_HEADER = "box-offset";

/** Records at the end of a partition among which the last forwarded one is: the others are marks of the broker's. */
const TAIL = 200;

/**
 * The offset in the box's log behind the last record that the centre has of a partition; undefined where it has none. The
 * box alone writes there, in order, so this is all there is to know.
 *
 * @throws {OutsideError} the centre cannot be reached.
 */
export async function forwardedUpTo(
  upstream: EventLog,
  { topic, partition }: { readonly topic: Forwarded; readonly partition: number },
): Promise<number | undefined> {
  const { end } = await upstream.bounds(topic, partition);
  let last: LogRecord | undefined;
  for await (const record of recordsOf(upstream, { topic, partition, from: end - TAIL, to: end })) {
    if (BOX_OFFSET_HEADER in record.headers) last = record;
  }
  return last === undefined ? undefined : Number(last.headers[BOX_OFFSET_HEADER]) + 1;
}
