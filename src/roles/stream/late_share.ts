import type { Clock } from "../../core/clock.ts";

/** How long a part of the span is, and how many parts it has: a minute. */
const PART_MS = 10_000;
const PARTS = 6;
/** So many late trades of a minute, and such a share of all, are no accident. */
const LATE_MIN = 10;
const LATE_SHARE = 0.2;

interface Part {
  readonly number: number;
  trades: number;
  late: number;
}

/** How many of the last minute's trades were late, by the clock. */
export class LateShare {
  readonly #clock: Clock;
  #parts: Part[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(trades: number, late: number): void {
    const number = Math.floor(this.#clock.monotonic() / PART_MS);
    let part = this.#parts.at(-1);
    if (part?.number !== number) {
      part = { number, trades: 0, late: 0 };
      this.#parts = [...this.#recent(), part];
    }
    part.trades += trades;
    part.late += late;
  }

  /** @returns the sums of the last minute. */
  get sums(): { readonly trades: number; readonly late: number } {
    const sums = { trades: 0, late: 0 };
    for (const { trades, late } of this.#recent()) {
      sums.trades += trades;
      sums.late += late;
    }
    return sums;
  }

  /** @returns late trades over all, 0 when there were none. */
  get share(): number {
    const { trades, late } = this.sums;
    return trades === 0 ? 0 : late / trades;
  }

  /** Whether so many are late that something is wrong with the feed or its clock. */
  get isHigh(): boolean {
    return this.sums.late >= LATE_MIN && this.share >= LATE_SHARE;
  }

  #recent(): Part[] {
    const oldest = Math.floor(this.#clock.monotonic() / PART_MS) - PARTS;
    return this.#parts.filter(({ number }) => number > oldest);
  }
}
