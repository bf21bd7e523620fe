import { setImmediate } from "node:timers";
import type { OutsideError } from "../../core/errors.ts";
import { logClosed, type Position } from "../../ports/event_log.ts";
import type { CommitWrite, LogWriter, Placed } from "./event_log_writer.ts";

interface Waiting {
  readonly records: readonly Placed[];
  readonly commits: readonly CommitWrite[];
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Group commit: what is asked for in one turn of the event loop is written in one transaction at its end, in the order
 * it was asked for.
 */
export class WriteQueue {
  #writer: LogWriter;
  #now: () => number;
  #written: (grown: ReadonlySet<number>) => void;
  #failed: (thrown: unknown) => OutsideError;
  #refused: () => OutsideError | undefined;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: {
    writer: LogWriter;
    now: () => number;
    /** Called after each transaction with the streams that grew. */
    written: (grown: ReadonlySet<number>) => void;
    /** Makes an error of ours of what SQLite threw. */
    failed: (thrown: unknown) => OutsideError;
    /** Why nothing can be written just now; undefined: it can. */
    refused: () => OutsideError | undefined;
  }) {
    this.#writer = options.writer;
    this.#now = options.now;
    this.#written = options.written;
    this.#failed = options.failed;
    this.#refused = options.refused;
  }

  append(records: readonly Placed[]): Promise<readonly Position[]> {
    return this.#add(records, []);
  }

  async commit(commit: CommitWrite): Promise<void> {
    await this.#add([], [commit]);
  }

  /** Writes what waits and takes no more. */
  close(): void {
    this.#flush();
    this.#closed = true;
  }

  #add(records: readonly Placed[], commits: readonly CommitWrite[]): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(logClosed());
      const refused = this.#refused();
      if (refused !== undefined) return reject(refused);
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ records, commits, resolve, reject });
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      const { positions, grown } = this.#writer.write({
        records: waiting.flatMap((one) => one.records),
        commits: waiting.flatMap((one) => one.commits),
        at: this.#now(),
      });
      let at = 0;
      for (const one of waiting) one.resolve(positions.slice(at, at += one.records.length));
      this.#written(grown);
    } catch (thrown) {
      const error = this.#failed(thrown);
      for (const one of waiting) one.reject(error);
    }
  }
}
