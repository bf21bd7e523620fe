import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import type { OutsideError } from "../core/errors.ts";
import { retry } from "../core/retry.ts";
import { type RecordPack, unpack } from "../core/record_pack.ts";
import {
  type EventLog,
  type NewRecord,
  type PartitionPlace,
  type Position,
  RecordsRefusedError,
} from "../ports/event_log.ts";
import { logger } from "../telemetry/log.ts";
import { deadLetter } from "./dead_letter.ts";

/** What {@link appendUntil} needs. */
export interface AppendUntilOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Gives up, without an error, when aborted. */
  readonly signal: AbortSignal;
  /** Called with each failure before the wait. */
  readonly failed?: (error: OutsideError, attempt: number) => void;
}

/** Waits between tries: at once the first time, at most 1 s: what came back is to be used at once. */
const WAITS = { baseMs: 20, capMs: 1_000 };

/**
 * Appends records however long the log is away.
 *
 * @returns the positions; undefined when the signal was aborted first. A record may then have been written all the same.
 * @throws whatever is not a retryable OutsideError: it is a bug, or the log refuses records for good.
 */
export async function appendUntil(
  records: readonly NewRecord[],
  options: AppendUntilOptions,
): Promise<readonly Position[] | undefined> {
  return await persist(() => options.log.append(records), options);
}

function persist<T>(append: () => Promise<T>, options: AppendUntilOptions): Promise<T | undefined> {
  const { clock, random, signal, failed } = options;
  return retry(append, {
    clock,
    random,
    signal,
    waits: WAITS,
    ...(failed === undefined ? {} : { failed: (thrown, attempt) => failed(thrown as OutsideError, attempt) }),
  });
}

/**
 * {@link appendUntil}, but records that the log refuses for good (the topic takes none so large, or of such a time) become
 * dead letters of the role; their positions are undefined.
 */
export async function appendOrBury(
  records: readonly NewRecord[],
  options: AppendUntilOptions & { readonly role: string },
): Promise<readonly (Position | undefined)[] | undefined> {
  try {
    return await appendUntil(records, options);
  } catch (error) {
    if (!(error instanceof RecordsRefusedError)) throw error;
    await bury(records, error, options);
    return error.positions;
  }
}

/**
 * {@link appendOrBury} for a pack of one partition.
 *
 * @returns the position of its first record that was taken, null when none was; undefined when the signal was aborted first.
 */
export async function appendPackOrBury(
  place: PartitionPlace,
  pack: RecordPack,
  options: AppendUntilOptions & { readonly role: string },
): Promise<Position | null | undefined> {
  try {
    return await persist(() => options.log.appendPack(place, pack), options);
  } catch (error) {
    if (!(error instanceof RecordsRefusedError)) throw error;
    const records = unpack(pack).map((record) => ({ topic: place.topic, ...record }));
    await bury(records, error, options);
    return error.positions.find((position) => position !== undefined) ?? null;
  }
}

async function bury(
  records: readonly NewRecord[],
  { refused }: RecordsRefusedError,
  options: AppendUntilOptions & { readonly role: string },
): Promise<void> {
  const letters = [...refused].flatMap(([index, reason]) => {
    const record = records[index] as NewRecord;
    const { topic, key } = record;
    log.error("a record for {topic} with the key {key} is refused: {reason}", { topic, key, reason });
    return topic === "deadletter" ? [] : [letterOf(record, reason, options)];
  });
  if (letters.length > 0) await appendOrBury(letters, options);
}

function letterOf(record: NewRecord, reason: string, options: { clock: Clock; role: string }): NewRecord {
  const { topic, key, value } = record;
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value ?? new Uint8Array();
  const at = options.clock.now();
  return deadLetter({ key, bytes, code: "record_refused", reason, role: options.role, origin: topic, at });
}

const log = logger("log");
