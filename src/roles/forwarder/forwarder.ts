import { backoffMs, type BackoffOptions, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { placedOn } from "../../rules/placements.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import { isCompacted } from "../../ports/topics.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { BOX_OFFSET_HEADER, FORWARDED, type Forwarded, forwardedUpTo } from "./place.ts";
import { UpstreamRules } from "./upstream_rules.ts";

const log = logger("forwarder");

/** Waits between tries, ms: the line may be away for a week. */
const WAITS: BackoffOptions = { baseMs: 200, capMs: 30_000, floorMs: 100 };
/** Records of one append at the centre. */
const CHUNK = 500;
/** Behind by more than this the box says that something is wrong, records. */
const MUCH = 50_000;
/** How often it is looked how far behind it is, ms. */
const LAG_EVERY_MS = 5_000;

/** What a forwarder is made of. */
export interface ForwarderOptions {
  /** The box's own log. */
  readonly log: EventLog;
  /** The centre's, under whose topic names the box's own stand: `BOX.…`; its rules are the centre's. */
  readonly upstream: EventLog;
  /** Makes the box's topics at the centre where they are missing. @throws {OutsideError} */
  readonly prepare: (partitions: number) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly health: Health;
  /** What is sent on; everything by default. Where the centre delivers, the ledger there is its own. */
  readonly topics?: readonly Forwarded[];
}

/** How far a partition is. */
interface Place {
  readonly topic: Forwarded;
  readonly partition: number;
  /** The next offset that is to be sent; undefined until it is known where the partition begins. */
  next: number | undefined;
  /** What was gone before this offset is counted. */
  countedTo: number;
  /** Records that are to be sent. */
  behind: number;
}

/**
 * A box's log sent on to a central one, beside everything else: nothing in the box waits for it.
 *
 * Delivery: each record once and in order. A forwarded record says where it stood in the box's log; after a start, a cut
 * or an unclear append the centre's last record says where to go on, so nothing is kept here that could be wrong. What
 * the disk budget has taken before it was sent is counted and said. A topic that is compacted is sent as it is: the
 * newest record of a key.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #topics: readonly Forwarded[];
  readonly #rules: UpstreamRules;
  #places: Place[] = [];
  #prepared = false;
  /** Since when the centre cannot be reached, epoch ms, and why. */
  #away: { readonly since: number; readonly reason: string } | undefined;
  /** Why the centre's rules are not followed just now. */
  #rulesFailure: string | undefined;
  /** Records that were gone before they could be sent. */
  lost = 0;
  /** Records that were sent since the start. */
  sent = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#topics = options.topics ?? FORWARDED;
    this.#rules = new UpstreamRules(options);
  }

  /** Records that are to be sent, as far as is known. */
  get behind(): number {
    return this.#places.reduce((sum, { behind }) => sum + behind, 0);
  }

  /** Forwards until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#options.health.watch("upstream", () => this.#state());
    const partitions = await this.#options.log.partitions("trades");
    this.#places = this.#topics.flatMap((topic) =>
      Array.from(
        { length: partitions },
        (_, partition) => ({ topic, partition, next: undefined, countedTo: 0, behind: 0 }),
      )
    );
    await Promise.all([
      ...this.#places.map((place) => this.#keep(() => this.#forward(place, partitions, signal), signal)),
      this.#keep(() => this.#followRules(signal), signal),
      this.#measure(signal),
    ]);
  }

  /** Does it again for as long as it fails for reasons outside. */
  async #keep(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const sent = this.sent;
      try {
        await work();
      } catch (thrown) {
        if (signal.aborted) return;
        if (!(thrown instanceof OutsideError)) throw thrown;
        if (this.#away === undefined) log.warn("the centre is away: {reason}", { reason: messageOf(thrown) });
        this.#away ??= { since: clock.now(), reason: messageOf(thrown) };
      }
      if (this.sent > sent) attempt = 0;
      await clock.sleep(backoffMs(attempt, WAITS, random), signal);
    }
  }

  async #followRules(signal: AbortSignal): Promise<void> {
    try {
      await this.#rules.follow(signal, () => {
        this.#rulesFailure = undefined;
        this.#reached();
      });
    } catch (thrown) {
      // Records may go the other way all the while.
      if (!signal.aborted) this.#rulesFailure = messageOf(thrown);
      throw thrown;
    }
  }

  async #forward(place: Place, partitions: number, signal: AbortSignal): Promise<void> {
    const { log: events, upstream } = this.#options;
    const { topic, partition } = place;
    // What goes from here on goes unsent, also while the centre cannot be asked what it has.
    place.next ??= (await events.bounds(topic, partition)).start;
    await this.#prepare(partitions);
    const there = await upstream.partitions(topic);
    if (there !== partitions) {
      const reason =
        `the box's topic ${topic} has ${there} partitions at the centre and must have ${partitions}`;
      throw new OutsideError("upstream_partitions", reason, { retryable: false });
    }
    const { start } = await events.bounds(topic, partition);
    const next = await forwardedUpTo(upstream, place) ?? place.next;
    this.#countGone(place, next, start);
    place.next = Math.max(next, start);
    this.#reached();
    for await (const batch of events.read({ topic, partition, from: place.next, signal })) {
      for (let from = 0; from < batch.records.length; from += CHUNK) {
        const records = batch.records.slice(from, from + CHUNK);
        await upstream.append(records.map((record) => forwarded(record, partitions)));
        place.next = (records.at(-1) as LogRecord).offset + 1;
        this.sent += records.length;
        this.#reached();
      }
      place.next = batch.nextOffset;
      place.behind = Math.max(0, (batch.endOffset ?? batch.nextOffset) - batch.nextOffset);
    }
  }

  /** What was deleted before it was sent, once however often it is begun anew. */
  #countGone(place: Place, next: number, start: number): void {
    const { topic, partition } = place;
    const count = start - Math.max(next, place.countedTo);
    place.countedTo = Math.max(start, place.countedTo);
    // Of a compacted topic the older records of a key go: nothing is missing then.
    if (count <= 0 || isCompacted(topic)) return;
    this.lost += count;
    log.error("{count} records of {topic}/{partition} were gone before they could be sent to the centre", {
      count,
      topic,
      partition,
    });
  }

  /** One after the other: the first makes the topics. */
  #preparing: Promise<void> = Promise.resolve();
  async #prepare(partitions: number): Promise<void> {
    const before = this.#preparing;
    const done = Promise.withResolvers<void>();
    this.#preparing = done.promise;
    await before;
    try {
      if (!this.#prepared) await this.#options.prepare(partitions);
      this.#prepared = true;
    } finally {
      done.resolve();
    }
  }

  #reached(): void {
    if (this.#away !== undefined) log.info("the centre is reached again");
    this.#away = undefined;
  }

  async #measure(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const place of this.#places) {
        try {
          const { start, end } = await this.#options.log.bounds(place.topic, place.partition);
          place.behind = Math.max(0, end - Math.max(start, place.next ?? start));
        } catch (thrown) {
          // The box's own log says what is wrong with it.
          if (!(thrown instanceof OutsideError)) throw thrown;
        }
      }
      await this.#options.clock.sleep(LAG_EVERY_MS, signal);
    }
  }

  #state() {
    const lost = this.lost === 0 ? "" : `; ${this.lost} records were gone before they could be sent`;
    const behind = `${this.behind} records behind${lost}`;
    if (this.#away !== undefined) {
      const since = new Date(this.#away.since).toISOString();
      return {
        state: "degraded",
        detail: `the centre is away since ${since}, ${behind}: ${this.#away.reason}`,
      } as const;
    }
    // An append waits long before it gives up; the log knows earlier.
    const { ok, detail } = this.#options.upstream.health();
    if (!ok) return { state: "degraded", detail: `the centre is away, ${behind}: ${detail}` } as const;
    const rules = this.#rulesTrouble();
    const state = this.behind > MUCH || this.lost > 0 || rules !== "" ? "degraded" : "ready";
    return { state, detail: `forwarding, ${behind}${rules}` } as const;
  }

  /** What is wrong with the centre's rules; empty: nothing. */
  #rulesTrouble(): string {
    if (this.#rulesFailure !== undefined) return `; the centre's rules are not read: ${this.#rulesFailure}`;
    const { unreadable } = this.#rules;
    if (unreadable === undefined) return "";
    return `; ${unreadable.count} of the centre's rules cannot be read here, the last ${unreadable.last}`;
  }
}

/** A record as it stands at the centre: on the same partition, saying where it stood. */
function forwarded(record: LogRecord, partitions: number): NewRecord {
  const { topic, key, value, timestamp, headers, offset, partition } = record;
  return {
    topic,
    key,
    value,
    timestamp,
    placement: placedOn(partition, partitions),
    headers: { ...headers, [BOX_OFFSET_HEADER]: String(offset) },
  };
}
