import { backoffMs, type Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { OutsideError } from "../core/errors.ts";
import type { EventLog, NewRecord, Position } from "../ports/event_log.ts";

/** What {@link appendUntil} needs. */
export interface AppendUntilOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Gives up, without an error, when aborted. */
  readonly signal: AbortSignal;
  /** Told of each failure before the wait. */
  readonly failed?: (error: OutsideError, attempt: number) => void;
}

/** Waits between tries: at once the first time, at most 5 s. */
const WAITS = { baseMs: 20, capMs: 5_000 };

/**
 * Appends records however long the log is away. Answers undefined when the signal was aborted first; a record may then
 * have been written all the same.
 *
 * @throws whatever is not a retryable OutsideError: it is a bug, or the log refuses the record for good.
 */
export async function appendUntil(
  records: readonly NewRecord[],
  options: AppendUntilOptions,
): Promise<readonly Position[] | undefined> {
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    try {
      return await options.log.append(records);
    } catch (error) {
      if (!(error instanceof OutsideError) || !error.retryable) throw error;
      options.failed?.(error, attempt);
      await options.clock.sleep(backoffMs(attempt, WAITS, options.random), options.signal);
    }
  }
  return undefined;
}
