import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { Random } from "../../core/backoff.ts";
import { type AnyReader, Projection, type UnreadableRecord } from "../../books/projection.ts";
import type { AuditChain } from "../audit/audit_chain.ts";
import type { AuditDraft } from "../audit/entry.ts";
import type { EventLog, NewRecord, Position, Topic } from "../../ports/event_log.ts";

/** The topics that control keeps in memory, and how much of each: so many of the newest records, or all. */
const FOLLOWED = ["rules", "control", "status", "audit", "alerts", "deliveries", "spent"] as const;
export type FollowedTopic = typeof FOLLOWED[number];

/** How long a write may take, in ms, before its caller hears that it is not known to be stored. */
const PATIENCE_MS = 5_000;

/** What {@link Topics} is made with. */
export interface TopicsOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random?: Random;
  /** Makes the audit's entries. */
  readonly chain: AuditChain;
  /** How many of the newest records are read of a topic; absent: all. */
  readonly newest?: Partial<Record<FollowedTopic, number>>;
}

/**
 * The topics as the control role follows them. What this process appends is applied by the readers before
 * {@link Topics.append} resolves, so it reads its own writes.
 */
export class Topics {
  readonly log: EventLog;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #chain: AuditChain;
  readonly #readers: Record<FollowedTopic, AnyReader[]>;
  readonly #projections: ReadonlyMap<Topic, Projection>;
  #untaken: string | undefined;

  constructor(options: TopicsOptions) {
    this.log = options.log;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#chain = options.chain;
    const readers = Object.fromEntries(FOLLOWED.map((topic) => [topic, [] as AnyReader[]]));
    this.#readers = readers as Record<FollowedTopic, AnyReader[]>;
    this.#projections = new Map(FOLLOWED.map((topic) => {
      const newest = options.newest?.[topic];
      const range = newest === undefined ? {} : { newest };
      return [topic, new Projection({ log: options.log, topic, readers: this.#readers[topic], ...range })];
    }));
  }

  /** Adds a reader of a topic; before {@link Topics.follow}. */
  read(topic: FollowedTopic, reader: AnyReader): void {
    this.#readers[topic].push(reader);
  }

  /** Resolves when everything that was there at the start has been applied. */
  get ready(): Promise<unknown> {
    return Promise.all([...this.#projections.values()].map(({ ready }) => ready));
  }

  /** Why a topic is not read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return [...this.#projections.values()].find(({ failure }) => failure !== undefined)?.failure;
  }

  /** What could not be read, by topic: how many records, and the last of them. */
  get unreadable(): readonly {
    readonly topic: Topic;
    readonly count: number;
    readonly last: UnreadableRecord;
  }[] {
    return [...this.#projections].flatMap(([topic, { unreadable: count, lastUnreadable: last }]) =>
      last === undefined ? [] : [{ topic, count, last }]
    );
  }

  /** Why nothing can be written just now, as far as is known; undefined while all goes well. */
  get untaken(): string | undefined {
    const { ok, detail } = this.log.health();
    return this.#untaken ?? (ok ? undefined : detail);
  }

  /** How many partitions a topic has; 0 before that is known. */
  partitions(topic: FollowedTopic): number {
    return this.#of(topic).partitions;
  }

  /** The offset after the last record applied, by partition. */
  positions(topic: FollowedTopic): readonly number[] {
    return this.#of(topic).positions;
  }

  /** Follows every topic until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const options = { clock: this.#clock, random: this.#random, signal };
    await Promise.all([...this.#projections.values()].map((projection) => projection.follow(options)));
  }

  /**
   * Appends, and resolves when the records are durable and every reader has been handed them.
   *
   * @param audit entries of the audit, appended with the change they describe; nothing is written where their actor only
   *   asks what would be.
   * @throws {OutsideError} when they cannot be stored, or were not read back in time.
   */
  async append(
    records: readonly NewRecord[],
    audit: readonly AuditDraft[] = [],
  ): Promise<readonly Position[]> {
    if (audit.some(({ actor }) => actor.dryRun)) return [];
    const positions = await this.write([...records, ...this.#chain.seal(audit)]);
    const last = new Map<string, Position>();
    for (const position of positions) {
      const place = `${position.topic}/${position.partition}`;
      if (position.offset >= (last.get(place)?.offset ?? 0)) last.set(place, position);
    }
    await Promise.all([...last.values()].map((position) => this.#readBack(position)));
    return positions;
  }

  /**
   * Appends, for a time: the log itself may wait for a broker for ever, a caller does not.
   *
   * @throws {OutsideError} `not_stored` when it is not known to be stored in time.
   */
  async write(records: readonly NewRecord[]): Promise<readonly Position[]> {
    const done = new AbortController();
    const late = this.#clock.sleep(PATIENCE_MS, done.signal).then(() => {
      if (done.signal.aborted) return [];
      this.#untaken = `the log has not taken a write for ${
        PATIENCE_MS / 1_000
      } s: ${this.log.health().detail}`;
      throw new OutsideError("not_stored", this.#untaken, { retryable: true, retryAfterMs: PATIENCE_MS });
    });
    const writing = this.log.append(records).then((positions) => {
      this.#untaken = undefined;
      return positions;
    });
    try {
      return await Promise.race([writing, late]);
    } catch (thrown) {
      this.#chain.cut();
      writing.catch(() => {});
      throw thrown;
    } finally {
      done.abort();
    }
  }

  async #readBack(position: Position): Promise<void> {
    await this.#projections.get(position.topic)?.until(position, this.#clock);
  }

  #of(topic: FollowedTopic): Projection {
    return this.#projections.get(topic)!;
  }
}
