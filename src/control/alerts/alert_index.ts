import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { backoffMs } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";

const log = logger("control");
const BACKOFF = { baseMs: 100, capMs: 5_000, floorMs: 50 };

/** An alert and where it stands in the log. */
export interface IndexedAlert {
  readonly alert: Alert;
  readonly partition: number;
  readonly offset: number;
}

/**
 * The newest alerts, in memory, as the alerts topic has them; whoever listens is told of each as it comes. The same alert
 * written twice (after a crash of the stream) is there once.
 */
export class AlertIndex {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #byId = new Map<string, IndexedAlert>();
  readonly #listeners = new Set<(alert: IndexedAlert) => void>();
  #next: number[] = [];
  #failure: string | undefined;

  /** @param options.limit how many alerts are kept. */
  constructor(options: { log: EventLog; clock: Clock; limit: number }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#limit = options.limit;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The offset after the last one seen, for each partition. */
  get positions(): readonly number[] {
    return [...this.#next];
  }

  get(id: string): Alert | undefined {
    return this.#byId.get(id)?.alert;
  }

  /** The alerts of a tenant, oldest seen first. */
  *alerts(tenant: string): IterableIterator<Alert> {
    for (const { alert } of this.#byId.values()) if (alert.tenant === tenant) yield alert;
  }

  /** Calls `listener` with each alert that comes from now on, until the answered function is called. */
  listen(listener: (alert: IndexedAlert) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Alerts of the log from one set of positions to another, partition by partition. */
  async *between(
    from: readonly number[],
    to: readonly number[],
    signal: AbortSignal,
  ): AsyncIterable<IndexedAlert> {
    for (let partition = 0; partition < to.length; partition++) {
      const start = from[partition] ?? to[partition]!;
      if (start >= to[partition]!) continue;
      const range = { topic: "alerts" as const, partition, from: start, to: to[partition]!, signal };
      for await (const batch of this.#log.read(range)) {
        for (const record of batch.records) {
          const alert = read(record);
          if (alert) yield { alert, partition, offset: record.offset };
        }
      }
    }
  }

  /** Reads the newest alerts, calls `ready`, and follows the topic until the signal is aborted. */
  async run(signal: AbortSignal, ready: () => void): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#followAll(signal, ready);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        this.#failure = messageOf(thrown);
        log.warn("cannot read the alerts topic, trying again: {error}", { error: this.#failure });
        await this.#clock.sleep(backoffMs(attempt, BACKOFF, Math.random), signal);
      }
    }
  }

  async #followAll(signal: AbortSignal, ready: () => void): Promise<void> {
    const count = await this.#log.partitions("alerts");
    const share = Math.ceil(this.#limit / count);
    const bounds = await Promise.all(
      Array.from({ length: count }, (_, partition) => this.#log.bounds("alerts", partition)),
    );
    const from = bounds.map(({ start, end }, partition) =>
      this.#next[partition] ?? Math.max(start, end - share)
    );
    this.#next = from;
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    try {
      await Promise.all(
        from.map((start, partition) => this.#load(partition, start, bounds[partition]!.end, either)),
      );
      this.#failure = undefined;
      if (!signal.aborted) ready();
      await Promise.all(from.map((_, partition) => this.#follow(partition, either)));
    } finally {
      stop.abort();
    }
  }

  async #load(partition: number, from: number, to: number, signal: AbortSignal): Promise<void> {
    for await (const batch of this.#log.read({ topic: "alerts", partition, from, to, signal })) {
      for (const record of batch.records) this.#take(record);
      this.#next[partition] = batch.nextOffset;
    }
    this.#next[partition] = Math.max(to, this.#next[partition]!);
  }

  async #follow(partition: number, signal: AbortSignal): Promise<void> {
    const from = this.#next[partition]!;
    for await (const batch of this.#log.read({ topic: "alerts", partition, from, signal })) {
      for (const record of batch.records) {
        this.#next[partition] = record.offset + 1;
        this.#take(record);
      }
      this.#next[partition] = batch.nextOffset;
    }
  }

  #take(record: LogRecord): void {
    const alert = read(record);
    if (alert === undefined || this.#byId.has(alert.id)) return;
    const indexed = { alert, partition: record.partition, offset: record.offset };
    this.#byId.set(alert.id, indexed);
    if (this.#byId.size > this.#limit) {
      const oldest = this.#byId.keys().next().value as string;
      this.#byId.delete(oldest);
    }
    for (const listener of this.#listeners) listener(indexed);
  }
}

/** A record that is no alert is the notifier's to dead-letter; here it is passed over. */
function read(record: LogRecord): Alert | undefined {
  if (record.value === null) return undefined;
  try {
    return decodeAlert(record.value);
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}

/** Positions as the id of a server-sent event: base 36, dots between, by partition. */
export function encodePositions(positions: readonly number[]): string {
  return positions.map((position) => position.toString(36)).join(".");
}

/** Positions of an event's id; undefined when it is none for this many partitions. */
export function decodePositions(text: string, partitions: number): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== partitions || !parts.every((part) => /^[0-9a-z]{1,10}$/.test(part))) return undefined;
  return parts.map((part) => parseInt(part, 36));
}
