import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import type { OutsideError } from "../core/errors.ts";
import type { EventLog, NewRecord, Position } from "../ports/event_log.ts";
import { appendUntil } from "./append_until.ts";

export interface LedgerWriterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Gives up what is not yet written when aborted. */
  readonly signal: AbortSignal;
  readonly failed: (error: OutsideError) => void;
}

interface Waiting {
  readonly records: readonly NewRecord[];
  readonly resolve: (positions: readonly Position[] | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Records in one append, at most, unless one caller brings more by itself. */
const APPEND_LIMIT = 1_000;

/** Writes records in the order of the calls; what comes while an append is under way goes into the next one together. */
export class LedgerWriter {
  readonly #options: LedgerWriterOptions;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(options: LedgerWriterOptions) {
    this.#options = options;
  }

  /** Where each record is; undefined when the signal was aborted first (a record may be in the log all the same). */
  write(records: readonly NewRecord[]): Promise<readonly Position[] | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#waiting.length > 0) await this.#append(this.#take());
    this.#writing = false;
  }

  #take(): Waiting[] {
    let count = 0;
    let taken = 0;
    while (taken < this.#waiting.length && (taken === 0 || count < APPEND_LIMIT)) {
      count += (this.#waiting[taken] as Waiting).records.length;
      taken++;
    }
    return this.#waiting.splice(0, taken);
  }

  async #append(group: readonly Waiting[]): Promise<void> {
    try {
      const positions = await appendUntil(group.flatMap((waiting) => waiting.records), this.#options);
      let from = 0;
      for (const { records, resolve } of group) {
        resolve(positions?.slice(from, from + records.length));
        from += records.length;
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
