import type { EventLog, Topic } from "../../ports/event_log.ts";
import { badRequest, HttpProblem } from "./problem.ts";

/** The most records that are read back for one who resumes a stream: minutes of a busy market. */
const MOST_RESUMED = 100_000;

/** Positions as the id of a server-sent event: base 36, dots between, by partition. */
export function encodePositions(positions: readonly number[]): string {
  return positions.map((position) => position.toString(36)).join(".");
}

/**
 * Where a stream is to be resumed.
 *
 * @param given.id the Last-Event-ID.
 * @param given.now where the partitions stand now.
 * @throws {HttpProblem} 400 `bad_event_id` for what was never one of our ids; 410 `events_gone` when what was missed
 *   cannot be sent any more: what the id names is not in the log, or too much came since. Whoever gets it reads the lists
 *   and begins anew, without an id.
 * @throws {OutsideError} when the log cannot be read.
 */
export async function resumedFrom(
  given: {
    readonly log: EventLog;
    readonly topic: Topic;
    readonly id: string;
    readonly now: readonly number[];
  },
): Promise<readonly number[]> {
  const { log, topic, id, now } = given;
  const parts = id.split(".");
  if (parts.length > 1_024 || !parts.every((part) => /^[0-9a-z]{1,10}$/.test(part))) {
    throw badRequest(
      "Last-Event-ID",
      "bad_event_id",
      "must be the id of an event of this stream",
      id.slice(0, 100),
    );
  }
  const from = parts.map((part) => parseInt(part, 36));
  if (from.length !== now.length) throw gone("the topic was made anew");
  const bounds = await Promise.all(now.map((_, partition) => log.bounds(topic, partition)));
  let missed = 0;
  for (const [partition, at] of from.entries()) {
    const { start, end } = bounds[partition]!;
    if (at > end) throw gone("the topic was made anew");
    if (at < start) throw gone("older events have been deleted");
    missed += now[partition]! - Math.min(at, now[partition]!);
  }
  if (missed > MOST_RESUMED) throw gone(`${missed} records came since, more than ${MOST_RESUMED}`);
  return from;
}

function gone(reason: string): HttpProblem {
  return new HttpProblem(
    410,
    "events_gone",
    `What was missed cannot be sent: ${reason}. Read the list, and open the stream without Last-Event-ID`,
  );
}
