import { InputError, OutsideError } from "../../core/errors.ts";
import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { deliveryKey, isFinal, newDelivery, recipientsOf } from "../../alerts/ledger.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { REDRIVEN_HEADER } from "../../books/dead_letters.ts";
import { BatchCaller, type BatchCallerOptions, type Step } from "./caller.ts";
import { BatchDigests } from "./digests.ts";
import { BatchEntry } from "./entry.ts";
import { BatchGate } from "./gate.ts";
import { deliveryLetters } from "../notifier/deliverer.ts";
import { eachAtOnce } from "../../core/each_at_once.ts";

/** An alert's record as an event source hands it over. */
export interface BatchRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface BatchNotifierOptions extends BatchCallerOptions {
  /** Messages a minute and recipient before the rest become a digest; 30 by default, 0 is no limit. */
  readonly stormPerMinute?: number;
  /** Deliveries at once; 8 by default. */
  readonly concurrency?: number;
}

/** Deliveries by what was done with them. */
export type Counts = Readonly<Record<string, number>>;

/** What came of a batch. */
export interface BatchResult {
  /** Records with a delivery that is not at its end: to be handed over again. */
  readonly unfinished: readonly BatchRecord[];
  readonly counts: Counts;
}

interface Work {
  readonly record: BatchRecord;
  readonly alert: Alert;
  readonly recipient: string;
}

/**
 * The notifier for a place that is called with batches of alerts and keeps nothing between the calls: AWS Lambda.
 *
 * Delivery: as the notifier that runs all the time. The intent is in the store before the channel is called, the outcome
 * after it; a delivery at its end is not made again, whoever hands its alert over. No partition is owned: two that are
 * handed the same alert at once both want to write its intent, and the store takes one. Once it is written the call is
 * this batch's until its deadline, and nobody else's before {@link LEASE_MS} are over.
 */
export class BatchNotifier {
  readonly #options: BatchNotifierOptions;
  readonly #caller: BatchCaller;

  constructor(options: BatchNotifierOptions) {
    this.#options = options;
    this.#caller = new BatchCaller(options);
  }

  /** Handles a batch. @param deadline epoch ms by which it must be over. */
  async handle(records: readonly BatchRecord[], deadline: number): Promise<BatchResult> {
    const counts: Record<string, number> = {};
    const count = (what: string) => counts[what] = (counts[what] ?? 0) + 1;
    const gate = await this.#prepare();
    // The store is away: nothing is known, so everything is to come again.
    if (gate === undefined) return { unfinished: records, counts: { later: records.length } };
    const unfinished = new Set<BatchRecord>();
    const work: Work[] = [];
    const seen = new Set<string>();
    const repeated: { record: BatchRecord; key: string }[] = [];
    const late = new Set<string>();
    for (const record of records) {
      const alert = await this.#read(record);
      if (alert === undefined) count("unreadable");
      if (alert === "later") unfinished.add(record);
      if (alert === undefined || alert === "later") continue;
      const only = isRedriven(record) ? record.headers.recipient : undefined;
      for (const recipient of recipientsOf(alert)) {
        if (only !== undefined && recipient !== only) continue;
        const key = deliveryKey(alert.id, recipient);
        if (seen.has(key)) repeated.push({ record, key });
        else work.push({ record, alert, recipient });
        seen.add(key);
      }
    }
    await eachAtOnce(work, this.#options.concurrency ?? 8, async (one) => {
      const step = await this.#deliver(one, gate, deadline);
      count(step);
      if (step !== "later") return;
      unfinished.add(one.record);
      late.add(deliveryKey(one.alert.id, one.recipient));
    });
    for (const { record, key } of repeated) if (late.has(key)) unfinished.add(record);
    return { unfinished: records.filter((record) => unfinished.has(record)), counts };
  }

  /** Makes and sends the digests that are due: what waits in the store is somebody's who comes by now and then. */
  async digest(deadline: number): Promise<Counts> {
    const gate = await this.#prepare();
    if (gate === undefined) return { later: 1 };
    const { store, clock } = this.#options;
    const digests = new BatchDigests({ store, clock, gate, caller: this.#caller });
    try {
      await digests.run(deadline);
    } catch (error) {
      // The store is away. Whatever is half done is found by who comes next.
      if (!(error instanceof OutsideError) || !error.retryable) throw error;
      return { ...digests.counts, later: 1 };
    }
    return digests.counts;
  }

  async #prepare(): Promise<BatchGate | undefined> {
    const { store, clock, stormPerMinute: perMinute = 30 } = this.#options;
    await this.#caller.askLimits();
    try {
      return await BatchGate.open(store, { clock, perMinute });
    } catch (error) {
      if (error instanceof OutsideError && error.retryable) return undefined;
      throw error;
    }
  }

  /** The record's alert; undefined when it is none, and dead-lettered; "later" when that was not possible. */
  async #read(record: BatchRecord): Promise<Alert | "later" | undefined> {
    const bytes = record.value ?? new Uint8Array();
    try {
      return decodeAlert(bytes);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { code, message: reason } = error;
      const at = this.#options.clock.now();
      const origin = originOf(record);
      const letter = deadLetter({ key: record.key, bytes, code, reason, role: "notifier", origin, at });
      return await this.#options.store.bury([letter]).then(() => undefined, () => "later" as const);
    }
  }

  async #deliver(work: Work, gate: BatchGate, deadline: number): Promise<Step> {
    try {
      return await this.#attempt(work, gate, deadline);
    } catch (error) {
      if (error instanceof OutsideError && error.retryable) return "later";
      if (!(error instanceof InputError)) throw error;
      return await this.#unreadable(work, error);
    }
  }

  /** What the store has of a delivery cannot be read: coming again would not help. */
  async #unreadable({ record, alert, recipient }: Work, { code, message }: InputError): Promise<Step> {
    const at = this.#options.clock.now();
    const delivery = newDelivery(alert, recipient, { at, origin: originOf(record) });
    const letters = deliveryLetters(delivery, { code, reason: message }, at);
    return await this.#options.store.bury(letters).then(() => "dead" as const, () => "later" as const);
  }

  async #attempt({ record, alert, recipient }: Work, gate: BatchGate, deadline: number): Promise<Step> {
    const { store, clock } = this.#options;
    const stored = await store.get(alert.id, recipient);
    const state = stored?.delivery.state;
    // Whoever makes the digests goes on with these.
    if (state === "waiting" || state === "gathered") return "waiting";
    const ended = state !== undefined && isFinal(state);
    if (ended && (state === "sent" || !isRedriven(record))) return "known";
    const fresh = stored === undefined || ended;
    const delivery = fresh
      ? newDelivery(alert, recipient, { at: clock.now(), origin: originOf(record) })
      : stored.delivery;
    const entry = new BatchEntry(store, delivery, stored?.version ?? 0);
    const held = await gate.hold(delivery, { fresh });
    if (held === undefined) return await this.#caller.deliver(entry, deadline);
    if (!await entry.move(held)) return "later";
    return held.state === "suppressed" ? "suppressed" : "waiting";
  }
}

function isRedriven({ headers }: BatchRecord): boolean {
  return headers[REDRIVEN_HEADER] !== undefined;
}

function originOf(record: BatchRecord): string {
  return `alerts/${record.partition}/${record.offset}`;
}
