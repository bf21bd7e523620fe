import { recordsOf } from "../../books/records_of.ts";
import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import { InputError } from "../../core/errors.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import type { Topics } from "../store/topics.ts";

/** An alert and where it stands in the log. */
export interface IndexedAlert {
  readonly alert: Alert;
  readonly partition: number;
  readonly offset: number;
}

/**
 * The newest alerts, in memory, as the alerts topic has them; whoever listens gets each as it comes. The same alert
 * written twice (after a crash of the stream) is there once.
 */
export class AlertIndex implements ProjectionReader<Alert> {
  readonly #topics: Topics;
  readonly #limit: number;
  readonly #byId = new Map<string, IndexedAlert>();
  readonly #listeners = new Set<(alert: IndexedAlert) => void>();

  /** @param options.limit how many alerts are kept. */
  constructor(options: { topics: Topics; limit: number }) {
    this.#topics = options.topics;
    this.#limit = options.limit;
    options.topics.read("alerts", this);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The offset after the last one seen, for each partition. */
  get positions(): readonly number[] {
    return this.#topics.positions("alerts");
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
      for await (const record of recordsOf(this.#topics.log, range)) {
        const alert = read(record);
        if (alert) yield { alert, partition, offset: record.offset };
      }
    }
  }

  /** A record that is no alert is the notifier's to dead-letter; here it is passed over. */
  decode(record: LogRecord): Alert | undefined {
    return read(record);
  }

  apply(alert: Alert, { partition, offset }: LogRecord): void {
    if (this.#byId.has(alert.id)) return;
    const indexed = { alert, partition, offset };
    this.#byId.set(alert.id, indexed);
    if (this.#byId.size > this.#limit) this.#byId.delete(this.#byId.keys().next().value as string);
    for (const listener of this.#listeners) listener(indexed);
  }
}

function read(record: LogRecord): Alert | undefined {
  if (record.value === null) return undefined;
  try {
    return decodeAlert(record.value);
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}
