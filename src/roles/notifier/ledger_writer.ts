import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { EventLog, NewRecord, Position } from "../../ports/event_log.ts";
import { appendUntil } from "../../books/append_until.ts";
import { logger } from "../../telemetry/log.ts";
import type { GapFinder } from "./gap_finder.ts";

const log = logger("notifier");

export interface LedgerWriterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Gives up what is not yet written when aborted. */
  readonly signal: AbortSignal;
  /** Takes note of what is acknowledged. */
  readonly gaps?: GapFinder;
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
  #appending: readonly Waiting[] = [];
  #writing = false;

  constructor(options: LedgerWriterOptions) {
    this.#options = options;
  }

  /** Whether there is something that is not acknowledged yet. */
  get busy(): boolean {
    return this.#writing;
  }

  /** Whether a record of a key is not acknowledged yet. */
  isWriting(key: string): boolean {
    return [...this.#appending, ...this.#waiting].some(({ records }) =>
      records.some((record) => record.key === key)
    );
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
    while (this.#waiting.length > 0) {
      this.#appending = this.#take();
      await this.#append(this.#appending);
      this.#appending = [];
    }
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
      const all = group.flatMap((waiting) => waiting.records);
      const positions = await appendUntil(all, { ...this.#options, failed: warn });
      if (positions !== undefined) this.#options.gaps?.appended(all, positions);
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

function warn({ message }: { readonly message: string }): void {
  log.warn("the ledger cannot be written, trying again: {error}", { error: message });
}
