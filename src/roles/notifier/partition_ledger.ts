import type { Random } from "../../core/backoff.ts";
import { recordsOf } from "../../books/records_of.ts";
import type { Clock } from "../../core/clock.ts";
import { assert, InputError, OutsideError } from "../../core/errors.ts";
import { type DeliveryEvent, dueAt, next, type Step } from "../../alerts/delivery_machine.ts";
import type { DeliveryPolicy } from "../../alerts/delivery_policy.ts";
import {
  decodeDelivery,
  type Delivery,
  deliveryKey,
  type DeliveryState,
  encodeDelivery,
  isDigest,
  isFinal,
  isNotice,
  readDelivery,
} from "../../alerts/ledger.ts";
import { isRecipientKey } from "../../alerts/recipient_settings.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import { deliveryLetters } from "../delivery/letters.ts";
import { GapFinder } from "./gap_finder.ts";
import { LateDigests } from "./late_digests.ts";
import { LedgerWriter } from "./ledger_writer.ts";
import { type OpenDelivery, openDelivery, type OwnDelivery } from "./open_delivery.ts";

/** Records that are read in one go when the turn of the first has come. */
const READ_AHEAD = 500;

/** What is open, and whose content is in memory, over all partitions. The ledgers count. */
export interface LedgerBudget {
  readonly openLimit: number;
  readonly contentLimit: number;
  open: number;
  contents: number;
}

export interface PartitionLedgerOptions {
  readonly log: EventLog;
  readonly partition: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: DeliveryPolicy;
  readonly budget: LedgerBudget;
  /** How long after its window a delivery at its end is remembered, ms of event time. */
  readonly rememberMs: number;
  /** Aborted when the partition is taken away; with an OutsideError when another one may have it already. */
  readonly signal: AbortSignal;
  /** Whether another notifier may have the partition though nothing has said so yet: after a freeze. Absent: never. */
  lapsed?(): boolean;
}

/** A record of the ledger that is no delivery. */
export interface Unreadable {
  readonly record: LogRecord;
  readonly error: InputError;
}

/** A step of a new delivery: still to be written, or written. */
export interface Planned {
  readonly open: OpenDelivery;
  readonly step: Step;
}

/** A message that was let through: it went out, or may have, or will. */
export interface CountedRecord {
  readonly tenant: string;
  readonly recipient: string;
  /** When, epoch ms. */
  readonly at: number;
  /** Of its first such record in the ledger. */
  readonly offset: number;
}

/** States of what was let through. */
const COUNTED: readonly DeliveryState[] = ["pending", "calling", "failed", "sent"];

/** What was in the ledger when it was read. */
export interface Loaded {
  readonly open: readonly OpenDelivery[];
  readonly unreadable: readonly Unreadable[];
  /** The storm breaker and the day's quota go on counting. */
  readonly counted: readonly CountedRecord[];
  /** Ends after which a zombie's record of an earlier state came, to be written again. */
  readonly overwritten: readonly NewRecord[];
  readonly late: LateDigests;
}

/**
 * One partition of the ledger, and the only owner of what is open in it: a delivery goes on by {@link step}, which asks
 * the machine, writes what it says, and only then changes what is remembered.
 */
export class PartitionLedger {
  readonly partition: number;
  readonly gaps: GapFinder;
  readonly writer: LedgerWriter;
  readonly #options: PartitionLedgerOptions;
  /** Aborted when the time to finish is over: nothing more is written. */
  readonly #closed = new AbortController();
  #open = new Map<string, OwnDelivery>();
  /** Keys that were sent, and the end of their window; oldest first, as they came. */
  #sent = new Map<string, number>();
  /** Keys at another end: a redrive may open them again. */
  #ended = new Map<string, { readonly windowEnd: number; readonly state: DeliveryState }>();
  /** What is open and has its content in memory. */
  readonly #kept = new Set<OpenDelivery>();
  readonly #running = new Set<Promise<unknown>>();
  /** Ends that another notifier wrote after the partition was read, by key: the message went out, whatever we write of it. */
  readonly #sentByOthers = new Map<string, Delivery>();
  /** The latest event time of an alert, epoch ms. A window may end long after it: a rule's that repeats daily, at midnight. */
  #watermark = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: PartitionLedgerOptions) {
    const { log, clock, random, partition } = options;
    this.#options = options;
    this.partition = partition;
    this.gaps = new GapFinder(partition);
    this.writer = new LedgerWriter({ log, clock, random, signal: this.#closed.signal, gaps: this.gaps });
  }

  get openCount(): number {
    return this.#open.size;
  }

  open(): IterableIterator<OpenDelivery> {
    return this.#open.values();
  }

  /** Whether the partition is being taken away: no new call begins. */
  get revoked(): boolean {
    return this.#options.signal.aborted;
  }

  /** Whether another notifier may have the partition already: no call is ours any more, whatever the ledger said. */
  get lost(): boolean {
    const { signal, lapsed } = this.#options;
    return signal.reason instanceof OutsideError || (lapsed?.() ?? false);
  }

  /** Keeps the partition until the work has ended. */
  track(work: Promise<unknown>): void {
    this.#running.add(work);
    void work.catch(() => {}).finally(() => this.#running.delete(work));
  }

  /** Resolves once everything that is tracked has ended. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  /** Whether a delivery is to be made: it is not known yet, or it is redriven and was never sent. */
  wants(key: string, redrive: false | "unsent" | "any"): boolean {
    if (this.#open.has(key) || this.#sent.has(key) && redrive !== "any") return false;
    return redrive !== false || !this.#ended.has(key);
  }

  /** Takes up a new delivery; {@link write} writes the step that is answered. */
  begin(delivery: Delivery, event: DeliveryEvent, receivedAt?: number): Planned {
    const open = openDelivery(this, delivery, {
      offset: -1,
      ...(receivedAt === undefined ? {} : { receivedAt }),
    });
    this.#ended.delete(open.key);
    this.#sent.delete(open.key);
    this.#add(open);
    this.#keep(open, delivery);
    this.#reach(delivery);
    return { open, step: next(delivery, event, this.#options.policy) };
  }

  /** Writes the first steps of deliveries, and other records, in one append. Undefined when the partition was taken away first. */
  async write(
    planned: readonly Planned[],
    others: readonly NewRecord[],
  ): Promise<readonly Planned[] | undefined> {
    const records = [...others];
    const places = planned.map(({ open, step }) => {
      records.push(...this.#records(open, step));
      return records.length - 1;
    });
    if (records.length === 0) return this.revoked ? undefined : [];
    const writing = this.writer.write(records);
    this.track(writing);
    const positions = await writing;
    if (positions === undefined) return undefined;
    return planned.map(({ open, step }, index) => {
      this.#take(open as OwnDelivery, step, positions[places[index] as number]?.offset ?? -1);
      return { open, step: this.lost ? this.#takenOver(open) : step };
    });
  }

  /**
   * Takes a delivery a step on. What is to be written is in the log when this resolves; undefined when the partition was
   * taken away first.
   */
  async step(open: OpenDelivery, event: DeliveryEvent): Promise<Step | undefined> {
    if (open.forgotten || this.lost) return this.#takenOver(open);
    assert(open.delivery !== undefined, "a delivery's content must be read before its step");
    const step = next(open.delivery, event, this.#options.policy);
    if (step.write) {
      const records = this.#records(open, step);
      const positions = await this.writer.write(records);
      if (positions === undefined) return undefined;
      this.#take(open as OwnDelivery, step, positions[records.length - 1]?.offset ?? -1);
    } else if (step.then.do === "wait") waits(open as OwnDelivery, open.delivery, step.then.until);
    return this.lost ? this.#takenOver(open) : step;
  }

  /** Brings the content of a delivery, and of those that follow it in the log, back into memory; undefined when it is gone. */
  async read(open: OpenDelivery): Promise<Delivery | undefined> {
    const turn = this.#reading.then(() => open.delivery ? undefined : this.#readOn(open as OwnDelivery));
    this.#reading = turn.then(() => {}, () => {});
    await turn;
    return open.delivery;
  }

  /** Gives up a delivery whose record is gone from the log: only a dead letter is left of it. */
  async lose(open: OpenDelivery): Promise<void> {
    if (open.forgotten) return;
    const letter = deadLetter({
      key: open.symbol,
      bytes: new Uint8Array(),
      code: "record_gone",
      reason: "the delivery's record was deleted from the deliveries topic before its turn came: " +
        "keep that topic for longer",
      role: "notifier",
      origin: `deliveries/${this.partition}/${open.offset}`,
      at: this.#options.clock.now(),
      headers: { recipient: open.recipient, delivery: open.key },
    });
    if (await this.writer.write([letter]) === undefined) return;
    this.#remove(open.key);
    this.#ended.set(open.key, { windowEnd: this.#watermark, state: "dead" });
  }

  /** Reads the whole partition; the contents of what is open stay in the log but for what is being called or gathered. */
  async load(): Promise<Loaded> {
    const unreadable: Unreadable[] = [];
    const counted = new Map<string, CountedRecord>();
    const ends = new Map<string, Delivery>();
    const overwritten = new Map<string, Delivery>();
    const late = new LateDigests();
    const { log: eventLog, partition } = this.#options;
    const { start, end } = await eventLog.bounds("deliveries", partition);
    for await (const batch of eventLog.read({ topic: "deliveries", partition, from: start, to: end })) {
      for (const record of batch.records) {
        const read = this.#restore(record);
        if (read !== undefined && !(read instanceof InputError)) {
          late.read(read, (key) => this.#open.get(key)?.delivery?.digestId);
          overwritten.delete(record.key);
          const end = ends.get(record.key);
          if (read.state === "sent" || read.state === "digested") ends.set(record.key, read);
          else if (end !== undefined && isZombies(read, end)) {
            overwritten.set(record.key, this.#stays(record.key, end, read));
          }
        }
        if (read instanceof InputError) unreadable.push({ record, error: read });
        else if (read !== undefined && !counted.has(record.key) && isCounted(read)) {
          const { tenant = "", recipient, at } = read;
          counted.set(record.key, { tenant, recipient, at, offset: record.offset });
        }
      }
    }
    this.forgetOld();
    this.gaps.begin(end);
    return {
      open: [...this.#open.values()],
      unreadable,
      counted: [...counted.values()],
      overwritten: [...overwritten.values()].map((delivery) => this.record(delivery)),
      late,
    };
  }

  /** A zombie's record came after the delivery's end. */
  #stays(key: string, end: Delivery, { alerts: _, retryAt: _r, until: _u, ...known }: Delivery): Delivery {
    this.#remove(key);
    this.#ended.delete(key);
    const again: Delivery = { ...known, ...end, at: this.#options.clock.now() };
    this.#remember(key, again);
    return again;
  }

  /** The end a delivery came to here; undefined while it is open, or when nothing is remembered of it. */
  endOf(key: string): DeliveryState | undefined {
    return this.#sent.has(key) ? "sent" : this.#ended.get(key)?.state;
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
   * Takes up a record that somebody else wrote as {@link load} does. What is being called or gathered here comes to its
   * own end first.
   *
   * @returns the delivery when it is open.
   */
  adopt(record: LogRecord): readonly OpenDelivery[] {
    const known = this.#open.get(record.key);
    if (known !== undefined) {
      if (known.state === "calling" || known.state === "gathered" || known.offset < 0) return [];
      this.#forget(known);
    }
    this.#restore(record);
    const open = this.#open.get(record.key);
    return open === undefined ? [] : [open];
  }

  /** Takes note of a record that another notifier wrote after the partition was read. */
  noteForeign({ key, value }: LogRecord): void {
    const delivery = isRecipientKey(key) ? undefined : readDelivery(value);
    if (delivery?.state === "sent") this.#sentByOthers.set(key, delivery);
  }

  /**
   * What another notifier wrote of a delivery whose message it sent: one that had stood still in its call, and whose record
   * stands before our newest one. What no check has examined yet is read, which is nothing unless somebody else wrote.
   */
  async sentByAnother({ key, since }: OpenDelivery): Promise<Delivery | undefined> {
    const { log: eventLog, partition } = this.#options;
    for (const { from, to } of [...this.gaps.gaps]) {
      for await (const record of recordsOf(eventLog, { topic: "deliveries", partition, from, to })) {
        this.noteForeign(record);
      }
    }
    const sent = this.#sentByOthers.get(key);
    // What is sent again on demand begins after it was sent.
    return sent !== undefined && sent.at >= since ? sent : undefined;
  }

  /** Forgets the ends of windows long past. */
  forgetOld(): void {
    const horizon = this.#watermark - this.#options.rememberMs;
    for (const [key, { windowEnd }] of this.#sentByOthers) {
      if (windowEnd < horizon) this.#sentByOthers.delete(key);
    }
    for (const [key, windowEnd] of this.#sent) {
      if (windowEnd >= horizon) break;
      this.#sent.delete(key);
    }
    for (const [key, { windowEnd }] of this.#ended) {
      if (windowEnd >= horizon) break;
      this.#ended.delete(key);
    }
  }

  /** The partition is being taken away: only what is being called comes to its outcome. */
  release(): void {
    for (const open of this.#open.values()) if (open.state !== "calling") open.forgotten = true;
  }

  /** Gives up what is not written yet. */
  giveUp(): void {
    this.#closed.abort();
  }

  /** The partition is gone: nothing of it is known any more. */
  forget(): void {
    for (const open of this.#open.values()) {
      this.#forget(open);
      this.#remove(open.key);
    }
    this.#sent.clear();
    this.#ended.clear();
    this.#sentByOthers.clear();
  }

  #records({ delivery: before }: OpenDelivery, { delivery, letters }: Step): NewRecord[] {
    if (delivery === undefined) return [];
    const record = this.record(delivery);
    if (letters === undefined || before === undefined) return [record];
    return [...deliveryLetters(before, letters, delivery.at), record];
  }

  /** Takes up a step that is in the log. */
  #take(open: OwnDelivery, { delivery, then }: Step, offset: number): void {
    if (delivery === undefined) return;
    assert(offset >= 0, "the log must say where a delivery's record is");
    open.state = delivery.state;
    open.why = delivery.why;
    // An intent is called, however the partition is doing: whoever has it next takes it for called.
    if (delivery.state === "calling") open.forgotten = false;
    open.offset = offset;
    if (then.do === "wait") waits(open, delivery, then.until);
    if (isFinal(delivery.state)) {
      this.#remove(open.key);
      this.#remember(open.key, delivery);
      return;
    }
    this.#keep(open, delivery);
    const busy = delivery.state === "calling" || delivery.state === "gathered";
    if (!busy && this.#options.budget.contents > this.#options.budget.contentLimit) this.#drop(open);
  }

  #takenOver(open: OpenDelivery): Step {
    return next(open.delivery, { type: "taken over" }, this.#options.policy);
  }

  #add(open: OwnDelivery): void {
    this.#open.set(open.key, open);
    this.#options.budget.open++;
  }

  #remove(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#drop(open);
    this.#options.budget.open--;
  }

  #keep(open: OwnDelivery, delivery: Delivery): void {
    if (!this.#kept.has(open)) this.#options.budget.contents++;
    this.#kept.add(open);
    open.delivery = delivery;
  }

  #drop(open: OwnDelivery): void {
    if (this.#kept.delete(open)) this.#options.budget.contents--;
    open.delivery = undefined;
  }

  #forget(open: OwnDelivery): void {
    open.forgotten = true;
    this.#drop(open);
  }

  #reach({ alerts = [] }: Delivery): void {
    for (const { eventTime } of alerts) this.#watermark = Math.max(this.#watermark, eventTime);
  }

  #remember(key: string, { state, windowEnd }: Delivery): void {
    if (state === "sent") this.#sent.set(key, windowEnd);
    else this.#ended.set(key, { windowEnd, state });
  }

  /** Reads a delivery's content, and that of what is open in the records after it. */
  async #readOn(open: OwnDelivery): Promise<void> {
    const { log: eventLog, partition, budget } = this.#options;
    const { end } = await eventLog.bounds("deliveries", partition);
    const range = {
      topic: "deliveries",
      partition,
      from: open.offset,
      to: open.offset + READ_AHEAD,
    } as const;
    for await (const { key, offset, value } of recordsOf(eventLog, range)) {
      const found = this.#open.get(key);
      if (found?.offset !== offset || value === null || found.delivery !== undefined || found.forgotten) {
        continue;
      }
      if (found === open || budget.contents < budget.contentLimit) this.#keep(found, decodeDelivery(value));
    }
    if (open.delivery === undefined && !open.forgotten) await this.#readNewest(open, end);
  }

  /** Another notifier's record has taken the place of ours: its content is the same delivery's. */
  async #readNewest(open: OwnDelivery, end: number): Promise<void> {
    const { log: eventLog, partition } = this.#options;
    let newest: LogRecord | undefined;
    for await (
      const record of recordsOf(eventLog, { topic: "deliveries", partition, from: open.offset, to: end })
    ) {
      if (record.key === open.key) newest = record;
    }
    if (newest?.value == null || open.forgotten || open.delivery !== undefined) return;
    const delivery = decodeDelivery(newest.value);
    if (isFinal(delivery.state)) this.adopt(newest);
    else this.#keep(open, { ...delivery, state: open.state });
  }

  /**
   * Takes up a record.
   *
   * @returns the delivery, or why it is none.
   */
  #restore(record: LogRecord): Delivery | InputError | undefined {
    if (isRecipientKey(record.key)) return undefined;
    this.#remove(record.key);
    for (const known of [this.#sent, this.#ended]) known.delete(record.key);
    if (record.value === null) return undefined;
    let delivery: Delivery;
    try {
      delivery = decodeDelivery(record.value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error;
    }
    this.#reach(delivery);
    const due = dueAt(delivery, this.#options.policy);
    if (due === undefined) {
      this.#remember(record.key, delivery);
      return delivery;
    }
    const open = openDelivery(this, delivery, { offset: record.offset });
    this.#add(open);
    waits(open, delivery, due);
    if (delivery.state === "calling" || delivery.state === "gathered") this.#keep(open, delivery);
    else open.delivery = undefined;
    return delivery;
  }
}

/** Notes until when a delivery waits, by what its record says. */
function waits(open: OwnDelivery, { at }: Delivery, until: number): void {
  open.due = until;
  open.waitMs = until - at;
}

/**
 * Whether a record that stands after an end was written by a notifier that did not know of it. What is sent again on demand
 * begins after it was sent; what is in a digest may be gathered for another one, for the first may be a zombie's: then what
 * is older than the end came late.
 */
function isZombies({ since = 0, at }: Delivery, end: Delivery): boolean {
  return since <= end.at && (end.state === "sent" || at < end.at);
}

function isCounted(delivery: Delivery): boolean {
  return COUNTED.includes(delivery.state) && !isDigest(delivery) && !isNotice(delivery);
}
