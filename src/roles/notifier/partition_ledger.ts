import type { Clock } from "../../core/clock.ts";
import { assert, InputError } from "../../core/errors.ts";
import {
  decodeDelivery,
  type Delivery,
  deliveryKey,
  type DeliveryState,
  encodeDelivery,
  isDigest,
  isFinal,
} from "../../alerts/ledger.ts";
import { isRecipientKey } from "../../alerts/recipient_settings.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import type { HeldDeliveries } from "./held_deliveries.ts";
import type { LedgerWriter } from "./ledger_writer.ts";
import { OpenDelivery } from "./open_delivery.ts";

/** Records that are read in one go when their turn comes. */
const READ_AHEAD = 2_000;

export interface PartitionLedgerOptions {
  readonly log: EventLog;
  readonly partition: number;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  readonly held: HeldDeliveries;
  /** How long after its window a delivery at its end is remembered, ms of event time. */
  readonly rememberMs: number;
  /** Told, on loading, of each message that went out or may have: the storm breaker goes on counting. */
  readonly counted: (recipient: string, at: number) => void;
  /** Told of each state once it is in the log. */
  readonly changed: (delivery: Delivery, open: OpenDelivery) => void;
}

/** One partition of the ledger: what is open, and what is at its end and must not be done again. */
export class PartitionLedger {
  readonly #options: PartitionLedgerOptions;
  #open = new Map<string, OpenDelivery>();
  /** Keys that were sent, and the end of their window; oldest first, as they came. */
  #sent = new Map<string, number>();
  /** Keys at another end: a redrive may open them again. */
  #closed = new Map<string, { readonly windowEnd: number; readonly state: DeliveryState }>();
  #watermark = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: PartitionLedgerOptions) {
    this.#options = options;
  }

  get openCount(): number {
    return this.#open.size;
  }

  open(): IterableIterator<OpenDelivery> {
    return this.#open.values();
  }

  /** Whether a delivery is to be made: it is not known yet, or it is redriven and was never sent. */
  wants(key: string, redrive: boolean): boolean {
    if (this.#open.has(key) || this.#sent.has(key)) return false;
    return redrive || !this.#closed.has(key);
  }

  /** Takes up a new delivery; its first record is still to be written. */
  begin(delivery: Delivery, receivedAt?: number): OpenDelivery {
    const open = new OpenDelivery({
      partition: this.#options.partition,
      delivery,
      ...(receivedAt === undefined ? {} : { receivedAt }),
    });
    this.#closed.delete(open.key);
    this.#open.set(open.key, open);
    this.#options.held.hold(open, delivery);
    this.#watermark = Math.max(this.#watermark, delivery.windowEnd);
    return open;
  }

  /** The record of a delivery's state. */
  record(delivery: Delivery): NewRecord {
    return {
      topic: "deliveries",
      key: deliveryKey(delivery.id, delivery.recipient),
      placement: delivery.symbol,
      value: encodeDelivery(delivery),
      timestamp: delivery.at,
    };
  }

  /**
   * Writes the next state of a delivery, with the records given before it, and takes it up once it is in the log.
   * False when the partition was taken away first.
   */
  async advance(open: OpenDelivery, next: Delivery, before: readonly NewRecord[] = []): Promise<boolean> {
    const positions = await this.#options.writer.write([...before, this.record(next)]);
    if (positions === undefined) return false;
    this.settle(open, next, positions[before.length]?.offset ?? -1);
    return true;
  }

  /** Takes up a state that is in the log. */
  settle(open: OpenDelivery, next: Delivery, offset: number): void {
    assert(offset >= 0, "the log must say where a delivery's record is");
    open.state = next.state;
    open.offset = offset;
    this.#options.held.hold(open, next);
    this.#options.changed(next, open);
    if (isFinal(next.state)) this.#end(open, next);
    else if (next.state !== "calling") this.#options.held.ease(open);
  }

  /** Gives up a delivery whose record is gone: only the dead letter is left of it. */
  async lose(open: OpenDelivery, letter: NewRecord): Promise<void> {
    if (await this.#options.writer.write([letter]) === undefined) return;
    this.#open.delete(open.key);
    this.#closed.set(open.key, { windowEnd: this.#watermark, state: "dead" });
  }

  /** Brings the contents of a delivery, and of the given ones near it in the log, back into memory. */
  async hydrate(open: OpenDelivery, near: readonly OpenDelivery[]): Promise<Delivery | undefined> {
    const turn = this.#reading.then(() => open.delivery ? undefined : this.#read(open, near));
    this.#reading = turn.then(() => {}, () => {});
    await turn;
    return open.delivery;
  }

  /**
   * Reads the whole partition. What is open is answered, its contents left in the log but for those being called; and
   * the records that cannot be read, with the reason; and up to where it was read.
   */
  async load(): Promise<
    { open: readonly OpenDelivery[]; unreadable: readonly Unreadable[]; end: number }
  > {
    const unreadable: Unreadable[] = [];
    const { log: eventLog, partition } = this.#options;
    const { start, end } = await eventLog.bounds("deliveries", partition);
    for await (const batch of eventLog.read({ topic: "deliveries", partition, from: start, to: end })) {
      for (const record of batch.records) {
        const error = this.#restore(record);
        if (error !== undefined) unreadable.push({ record, error });
      }
    }
    this.forgetOld();
    return { open: [...this.#open.values()], unreadable, end };
  }

  /** The end a delivery came to here; undefined while it is open, or when nothing is remembered of it. */
  endOf(key: string): DeliveryState | undefined {
    return this.#sent.has(key) ? "sent" : this.#closed.get(key)?.state;
  }

  /**
   * Takes up a record that somebody else wrote as {@link load} does; answers the delivery when it is open. What is being
   * called or gathered here comes to its own end first.
   */
  adopt(record: LogRecord): readonly OpenDelivery[] {
    const known = this.#open.get(record.key);
    if (known !== undefined) {
      if (known.state === "calling" || known.state === "gathered" || known.offset < 0) return [];
      known.forgotten = true;
      this.#options.held.drop(known);
    }
    this.#restore(record);
    const open = this.#open.get(record.key);
    return open === undefined ? [] : [open];
  }

  /** Forgets the ends of windows long past. */
  forgetOld(): void {
    const horizon = this.#watermark - this.#options.rememberMs;
    for (const [key, windowEnd] of this.#sent) {
      if (windowEnd >= horizon) break;
      this.#sent.delete(key);
    }
    for (const [key, { windowEnd }] of this.#closed) {
      if (windowEnd >= horizon) break;
      this.#closed.delete(key);
    }
  }

  /** The partition is gone: nothing of it is known any more. */
  forget(): void {
    for (const open of this.#open.values()) {
      open.forgotten = true;
      this.#options.held.drop(open);
    }
    this.#open.clear();
    this.#sent.clear();
    this.#closed.clear();
  }

  #end(open: OpenDelivery, next: Delivery): void {
    this.#open.delete(open.key);
    this.#options.held.drop(open);
    this.#remember(open.key, next);
  }

  #remember(key: string, { state, windowEnd }: Delivery): void {
    if (state === "sent") this.#sent.set(key, windowEnd);
    else this.#closed.set(key, { windowEnd, state });
  }

  /** Another notifier's record has taken the place of ours: its content is the same delivery's. */
  async #readOn(open: OpenDelivery): Promise<void> {
    const { log: eventLog, partition, held } = this.#options;
    const { end } = await eventLog.bounds("deliveries", partition);
    let newest: LogRecord | undefined;
    for await (const batch of eventLog.read({ topic: "deliveries", partition, from: open.offset, to: end })) {
      for (const record of batch.records) if (record.key === open.key) newest = record;
    }
    if (newest?.value == null || open.forgotten || open.delivery !== undefined) return;
    const delivery = decodeDelivery(newest.value);
    if (isFinal(delivery.state)) this.adopt(newest);
    else held.hold(open, { ...delivery, state: open.state });
  }

  async #read(open: OpenDelivery, near: readonly OpenDelivery[]): Promise<void> {
    const { log: eventLog, partition, held } = this.#options;
    const wanted = new Map<number, OpenDelivery>([[open.offset, open]]);
    for (const other of near) {
      const close = other.offset >= open.offset && other.offset < open.offset + READ_AHEAD;
      if (close && other.partition === partition && !other.forgotten && other.delivery === undefined) {
        wanted.set(other.offset, other);
      }
    }
    const to = Math.max(...wanted.keys()) + 1;
    for await (const batch of eventLog.read({ topic: "deliveries", partition, from: open.offset, to })) {
      for (const record of batch.records) {
        const found = wanted.get(record.offset);
        if (found === undefined || found.offset !== record.offset || record.value === null) continue;
        if (found.delivery === undefined && !found.forgotten) held.hold(found, decodeDelivery(record.value));
      }
    }
    if (open.delivery === undefined && !open.forgotten) await this.#readOn(open);
  }

  #restore(record: LogRecord): InputError | undefined {
    if (isRecipientKey(record.key)) return undefined;
    for (const known of [this.#open, this.#sent, this.#closed]) known.delete(record.key);
    if (record.value === null) return undefined;
    let delivery: Delivery;
    try {
      delivery = decodeDelivery(record.value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error;
    }
    this.#watermark = Math.max(this.#watermark, delivery.windowEnd);
    this.#recall(record, delivery);
    return undefined;
  }

  #recall(record: LogRecord, delivery: Delivery): void {
    const { state, recipient, at } = delivery;
    if ((state === "sent" || state === "calling") && !isDigest(delivery)) {
      this.#options.counted(recipient, at);
    }
    if (isFinal(delivery.state)) {
      this.#remember(record.key, delivery);
      return;
    }
    const open = new OpenDelivery({
      partition: this.#options.partition,
      delivery,
      offset: record.offset,
    });
    open.due = delivery.retryAt ?? delivery.until ?? delivery.at;
    if (delivery.state === "calling" || delivery.state === "gathered") {
      this.#options.held.hold(open, delivery);
    } else open.delivery = undefined;
    this.#open.set(open.key, open);
  }
}

/** A record of the ledger that is no delivery. */
export interface Unreadable {
  readonly record: LogRecord;
  readonly error: InputError;
}
