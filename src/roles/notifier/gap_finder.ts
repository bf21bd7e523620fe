import type { NewRecord, Position } from "../../ports/event_log.ts";

/** Offsets of a partition between two records of one writer's: `[from, to)`. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds where somebody else wrote on a partition of the ledger: one writer's records stand side by side, so where the log
 * acknowledges a record further on than the one before, another one's stand between the two.
 */
export class GapFinder {
  readonly #partition: number;
  #next = 0;
  #gaps: Gap[] = [];
  #written: Set<string> | undefined;

  constructor(partition: number) {
    this.#partition = partition;
  }

  /** Where the next record stands if nobody else writes. */
  get next(): number {
    return this.#next;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Everything before `end` has been read. */
  begin(end: number): void {
    this.#next = end;
  }

  /** Takes note of an append of this notifier's, in the order they were made. */
  appended(records: readonly NewRecord[], positions: readonly Position[]): void {
    for (const [index, { topic, partition, offset }] of positions.entries()) {
      if (topic !== "deliveries" || partition !== this.#partition) continue;
      this.reach(offset);
      this.#next = Math.max(this.#next, offset + 1);
      this.#written?.add(records[index]?.key ?? "");
    }
  }

  /** The partition goes on to `end`: what is between is somebody else's. */
  reach(end: number): void {
    if (end > this.#next) this.#gaps.push({ from: this.#next, to: end });
    this.#next = Math.max(this.#next, end);
  }

  /** Begins to note the keys this notifier writes; ends with {@link checked}. */
  watch(): ReadonlySet<string> {
    return this.#written = new Set();
  }

  /** The first `count` gaps are put right. */
  checked(count: number): void {
    this.#gaps.splice(0, count);
    this.#written = undefined;
  }
}
