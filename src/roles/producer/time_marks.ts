import { partitionOfKey } from "../../core/murmur2.ts";
import { encodeMarketEvent } from "../../market/market_event.ts";
import { INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import type { NewRecord, Position } from "../../ports/event_log.ts";

/** How often marks are written in market hours, ms. */
export const MARK_EVERY_MS = 1_000;
/** How far a mark stays behind the clock, ms: trades come up to about so long after their time. */
export const MARK_LAG_MS = 2_000;
/** How long marks go on after a session's end, ms: until its last minute has ended by their time. */
export const MARK_AFTER_END_MS = MARK_LAG_MS + 2 * MARK_EVERY_MS;

/**
 * Time marks for partitions of the trades topic in which nothing is written: a quiet market's minutes end, and rules
 * expire, though none of a partition's symbols is traded.
 */
export class TimeMarks {
  /** A key of each partition. */
  readonly #keys: readonly string[];
  /** When something was written to each partition last, by the monotonic clock. */
  readonly #writtenAt: number[];

  /** @param partitions of the trades topic. */
  constructor(partitions: number) {
    this.#keys = keysOf(partitions);
    this.#writtenAt = Array(partitions).fill(-Infinity);
  }

  /** Takes note of what was written; undefined: it may have been, and it is not known where. */
  wrote(positions: readonly (Position | undefined)[], at: number): void {
    for (const position of positions) {
      if (position?.topic === "trades") this.#writtenAt[position.partition] = at;
    }
  }

  /** A mark for every partition in which nothing was written `since`, by the monotonic clock; the others are epoch ms. */
  marks({ eventTime, since, now }: {
    readonly eventTime: number;
    readonly since: number;
    readonly now: number;
  }): NewRecord[] {
    const value = encodeMarketEvent({ kind: "time", eventTime });
    const headers = { [INGEST_TIME_HEADER]: String(now) };
    return this.#keys.flatMap((key, partition) =>
      (this.#writtenAt[partition] as number) >= since
        ? []
        : [{ topic: "trades" as const, key, value, timestamp: eventTime, headers }]
    );
  }
}

/** For each partition the first of `~0`, `~1`, … that belongs to it. */
function keysOf(partitions: number): string[] {
  const keys: string[] = [];
  let found = 0;
  for (let number = 0; found < partitions; number++) {
    const partition = partitionOfKey(`~${number}`, partitions);
    if (keys[partition] !== undefined) continue;
    keys[partition] = `~${number}`;
    found++;
  }
  return keys;
}
