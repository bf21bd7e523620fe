import type { Clock } from "../../core/clock.ts";
import { backoffMs, type Random } from "../../core/backoff.ts";
import { messageOf } from "../../core/errors.ts";
import type { EventLog, LogRecord, NewRecord, Position } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";

const log = logger("control");
const BACKOFF = { baseMs: 100, capMs: 5_000, floorMs: 50 };

/** Is handed every record of the rules topic, in the order of each partition. */
export interface RulesTopicReader {
  apply(record: LogRecord): void;
  /** A batch of a partition has been applied; `live` once the partition has been read to where it ended at the start. */
  applied?(partition: number, live: boolean): void;
}

/**
 * The rules topic as the control role follows it: every partition, from its first record on, without a group. What this
 * process appends is handed to the readers before {@link RulesTopic.append} resolves, so it reads its own writes.
 */
export class RulesTopic {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #readers: RulesTopicReader[] = [];
  #applied: number[] = [];
  #waiting: { partition: number; offset: number; done: () => void }[] = [];
  #failure: string | undefined;

  constructor(options: { log: EventLog; clock: Clock; random?: Random }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
  }

  /** Adds a reader; before {@link RulesTopic.run}. */
  follow(reader: RulesTopicReader): void {
    this.#readers.push(reader);
  }

  /** What is wrong with the reading; undefined while it goes well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get partitions(): number {
    return this.#applied.length;
  }

  /**
   * Reads everything that is there, calls `ready`, and follows the topic until the signal is aborted.
   */
  async run(signal: AbortSignal, ready: () => void): Promise<void> {
    const count = await this.#retry(signal, () => this.#log.partitions("rules"));
    if (count === undefined) return;
    this.#applied = new Array(count).fill(0);
    const loaded = Array.from({ length: count }, () => Promise.withResolvers<void>());
    const following = this.#applied.map((_, partition) =>
      this.#follow(partition, signal, loaded[partition]!.resolve)
    );
    await Promise.race([Promise.all(loaded.map(({ promise }) => promise)), Promise.all(following)]);
    if (!signal.aborted) ready();
    await Promise.all(following);
    this.#waiting.splice(0).forEach(({ done }) => done());
  }

  /** Appends, and resolves when the records are durable and every reader has been handed them. */
  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    const positions = await this.#log.append(records);
    const last = new Map<number, number>();
    for (const { partition, offset } of positions) {
      last.set(partition, Math.max(offset, last.get(partition) ?? 0));
    }
    await Promise.all([...last].map(([partition, offset]) => this.#until(partition, offset + 1)));
    return positions;
  }

  #until(partition: number, offset: number): Promise<void> | undefined {
    if ((this.#applied[partition] ?? 0) >= offset) return undefined;
    return new Promise((done) => this.#waiting.push({ partition, offset, done }));
  }

  async #follow(partition: number, signal: AbortSignal, loaded: () => void): Promise<void> {
    const bounds = await this.#retry(signal, () => this.#log.bounds("rules", partition));
    if (bounds === undefined) return;
    const read = (from: number, to?: number) =>
      this.#retry(signal, async () => {
        const start = Math.max(from, this.#applied[partition] ?? 0);
        for await (const batch of this.#log.read({ topic: "rules", partition, from: start, to, signal })) {
          this.#hand(partition, batch.records, batch.nextOffset, to === undefined);
        }
      });
    await read(bounds.start, bounds.end);
    if (signal.aborted) return;
    this.#hand(partition, [], bounds.end, false);
    loaded();
    await read(bounds.end);
  }

  #hand(partition: number, records: readonly LogRecord[], next: number, live: boolean): void {
    for (const record of records) {
      for (const reader of this.#readers) reader.apply(record);
    }
    this.#applied[partition] = Math.max(next, this.#applied[partition] ?? 0);
    for (const reader of this.#readers) reader.applied?.(partition, live);
    const reached = this.#applied[partition]!;
    const due = this.#waiting.filter((wait) => wait.partition === partition && wait.offset <= reached);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((wait) => !due.includes(wait));
    due.forEach(({ done }) => done());
  }

  /** Tries until it works or the signal is aborted: a follower never gives up. */
  async #retry<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const result = await task();
        this.#failure = undefined;
        return result;
      } catch (thrown) {
        if (signal.aborted) return undefined;
        this.#failure = messageOf(thrown);
        log.warn("cannot read the rules topic, trying again: {error}", { error: this.#failure });
        await this.#clock.sleep(backoffMs(attempt, BACKOFF, this.#random), signal);
      }
    }
    return undefined;
  }
}
