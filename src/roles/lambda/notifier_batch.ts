import { InputError, OutsideError } from "../../core/errors.ts";
import { eachAtOnce } from "../../core/each_at_once.ts";
import type { Alert } from "../../alerts/alert.ts";
import type { ConsentPolicy } from "../../alerts/consent.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { dueAt } from "../../alerts/delivery_machine.ts";
import { type DeliveryPolicy, policyOf } from "../../alerts/delivery_policy.ts";
import { type Delivery, deliveryKey, isFinal, newDelivery, recipientsOf } from "../../alerts/ledger.ts";
import { newNotice } from "../../alerts/notice.ts";
import type { Locale } from "../../rules/rule.ts";
import { sinceOf } from "../../alerts/since.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { redriveOf } from "../../books/dead_letters.ts";
import type { DeliveryStore, StoredDelivery } from "../../ports/delivery_store.ts";
import { deliveryLetters } from "../delivery/letters.ts";
import { BatchCaller, type BatchCallerOptions, RESERVE_MS, resultOf } from "./caller.ts";
import { digestChunks, gatherDigest } from "./digests.ts";
import { Entry, type EntryOptions } from "./entry.ts";
import { BatchGate } from "./gate.ts";

/** An alert's record as an event source hands it over. */
export interface BatchRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface BatchNotifierOptions extends BatchCallerOptions, Partial<DeliveryPolicy> {
  readonly store: DeliveryStore;
  /** Messages a minute, tenant and recipient before the rest become a digest; 30 by default, 0 is no limit. */
  readonly stormPerMinute?: number;
  /** Messages a day of a tenant, and of a tenant to one recipient, before the rest wait for the morning; 0: no limit. */
  readonly tenantPerDay?: number;
  readonly recipientPerDay?: number;
  /** Who is asked before they are written to; nobody by default. */
  readonly consent?: ConsentPolicy;
}

/** Deliveries by what was done with them. */
export type Counts = Readonly<Record<string, number>>;

/** What came of a batch. */
export interface BatchResult {
  /** Records that could not be taken up, since the store is away: to be handed over again. */
  readonly unfinished: readonly BatchRecord[];
  readonly counts: Counts;
}

interface Work {
  readonly record: BatchRecord;
  readonly alert: Alert;
  readonly recipient: string;
}

/** Deliveries that are taken up in one go. */
const ROUND = 1_000;
/** Reads and writes of the store at once. */
const AT_ONCE = 16;

/**
 * The notifier for a place that is called with batches of alerts and keeps nothing between the calls: AWS Lambda.
 *
 * Delivery: as the notifier that runs all the time, by the same machine. A delivery is in the store before its record is
 * done, the intent before the channel is called, the outcome after it; what has still to come is done by {@link tick}, so
 * that nobody's trouble delays a partition. No partition is owned: of two that are handed the same alert at once the
 * store takes one's intent, and then the call is that one's for as long as its lease.
 */
export class BatchNotifier {
  readonly #options: BatchNotifierOptions;
  readonly #entries: EntryOptions;
  readonly #caller: BatchCaller;

  constructor(options: BatchNotifierOptions) {
    const { store, clock } = options;
    const policy = policyOf(options);
    this.#options = options;
    this.#entries = { store, clock, policy };
    this.#caller = new BatchCaller(options, policy);
  }

  /** Handles a batch. @param deadline epoch ms by which it must be over. */
  async handle(records: readonly BatchRecord[], deadline: number): Promise<BatchResult> {
    const counts = new Counter();
    const unfinished = new Set<BatchRecord>();
    const gate = await this.#prepare();
    // The store is away: nothing is known, so everything is to come again.
    if (gate === undefined) return { unfinished: records, counts: { later: records.length } };
    const work = await this.#read(records, { counts, unfinished });
    const entries = new Map<Entry, BatchRecord>();
    await eachAtOnce(work, AT_ONCE, async (one) => {
      const taken = await this.#takeUp(one, gate).catch((error) => {
        if (!isAway(error)) throw error;
        return "later" as const;
      });
      if (taken === "later") unfinished.add(one.record);
      if (typeof taken === "string") counts.add(taken);
      else entries.set(taken, one.record);
    });
    await this.#deliver([...entries.keys()], { gate, deadline, counts });
    // What another one took first is in the store as well, by its hand.
    for (const [entry, record] of entries) if (!entry.stored && !entry.lost) unfinished.add(record);
    return { unfinished: records.filter((record) => unfinished.has(record)), counts: counts.counts };
  }

  /** Does what is due: tries again, makes and sends digests, goes on with what another one left. */
  async tick(deadline: number): Promise<Counts> {
    const gate = await this.#prepare();
    if (gate === undefined) return { later: 1 };
    const counts = new Counter();
    const { clock } = this.#options;
    try {
      // What has just been written may still be called due: nobody writes it again, and then the rounds end.
      for (let done = 1; done > 0 && clock.now() + RESERVE_MS < deadline;) {
        done = await this.#round({ gate, deadline, counts });
      }
    } catch (error) {
      // Whatever is half done is found by who comes next.
      if (!isAway(error)) throw error;
      counts.add("later");
    }
    return counts.counts;
  }

  async #round(given: { gate: BatchGate; deadline: number; counts: Counter }): Promise<number> {
    const { store, clock } = this.#options;
    const { counts } = given;
    const due = await store.due(clock.now(), ROUND);
    const waiting: Entry[] = [];
    const calls: Entry[] = [];
    let steps = 0;
    for (const stored of due) {
      const entry = new Entry(this.#entries, stored);
      const { state } = entry.delivery;
      if (state === "waiting") waiting.push(entry);
      else if (state === "unconfirmed") {
        if (await this.#look(entry, given.gate)) steps++;
      } else if (state !== "calling" && state !== "gathered") calls.push(entry);
      else if (await this.#resume(entry)) {
        steps++;
        if (state === "calling" && isFinal(entry.delivery.state)) counts.add(resultOf(entry));
        else if (state === "calling") calls.push(entry);
      }
    }
    await eachAtOnce(digestChunks(waiting, this.#entries), AT_ONCE, async (chunk) => {
      const made = await gatherDigest(chunk, this.#entries);
      if (made === undefined) return;
      counts.add("digested", made.members);
      calls.push(made.digest);
      steps++;
    });
    return steps + await this.#deliver(calls, given);
  }

  /** Looks whether a recipient has agreed; false when somebody else was faster. */
  async #look(entry: Entry, gate: BatchGate): Promise<boolean> {
    return await entry.step(await gate.look(entry.delivery, this.#options.clock.now())) !== undefined;
  }

  /** Has a recipient asked whom nobody has asked yet; what is in the store already is not written again. */
  async #ask({ recipient, tenant = "" }: Delivery, locale: Locale): Promise<void> {
    const { store, clock } = this.#options;
    const notice = newNotice({ kind: "confirm", locale }, { tenant, recipient, name: 1, at: clock.now() });
    await store.put(notice, 0);
  }

  /** Takes over what another one has left; false when somebody else was faster. */
  async #resume(entry: Entry): Promise<boolean> {
    const { store, clock } = this.#options;
    const { digestId = "", recipient, state } = entry.delivery;
    const listed = state === "gathered" && await store.get(digestId, recipient) !== undefined;
    return await entry.step({ type: "resumed", at: clock.now(), listed }) !== undefined;
  }

  /** Calls for them; how many have been taken on. */
  async #deliver(
    entries: readonly Entry[],
    { gate, deadline, counts }: { gate: BatchGate; deadline: number; counts: Counter },
  ): Promise<number> {
    const before = new Map(entries.map((entry) => [entry, entry.delivery]));
    try {
      for (const result of (await this.#caller.deliver(entries, gate, deadline)).values()) counts.add(result);
    } catch (error) {
      // What is in the store is found by the next tick.
      if (!isAway(error)) throw error;
      counts.add("later");
    }
    return entries.filter((entry) => entry.delivery !== before.get(entry)).length;
  }

  async #prepare(): Promise<BatchGate | undefined> {
    const { store, stormPerMinute: perMinute = 30, consent, tenantPerDay = 0, recipientPerDay = 0 } =
      this.#options;
    const perDay = { tenant: tenantPerDay, recipient: recipientPerDay };
    await this.#caller.askLimits();
    try {
      return await BatchGate.open(store, { perMinute, perDay, ...(consent && { consent }) });
    } catch (error) {
      if (isAway(error)) return undefined;
      throw error;
    }
  }

  /** The deliveries of the records, each once; what is no alert is dead-lettered. */
  async #read(
    records: readonly BatchRecord[],
    { counts, unfinished }: { counts: Counter; unfinished: Set<BatchRecord> },
  ): Promise<readonly Work[]> {
    const work = new Map<string, Work>();
    for (const record of records) {
      let alert: Alert;
      try {
        alert = decodeAlert(record.value ?? new Uint8Array());
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        counts.add("unreadable");
        if (!await this.#bury(record, error)) unfinished.add(record);
        continue;
      }
      const only = isRedriven(record) ? record.headers.recipient : undefined;
      for (const recipient of recipientsOf(alert)) {
        const key = deliveryKey(alert.id, recipient);
        if (only === undefined || recipient === only) {
          work.set(key, work.get(key) ?? { record, alert, recipient });
        }
      }
    }
    return [...work.values()];
  }

  async #bury(record: BatchRecord, { code, message }: InputError): Promise<boolean> {
    const { store, clock } = this.#options;
    const letter = deadLetter({
      key: record.key,
      bytes: record.value ?? new Uint8Array(),
      code,
      reason: message,
      role: "notifier",
      origin: originOf(record),
      at: clock.now(),
    });
    return await store.bury([letter]).then(() => true, () => false);
  }

  /** Takes up one delivery: its entry, when it is to be called now; else where it stands. */
  async #takeUp({ record, alert, recipient }: Work, gate: BatchGate): Promise<Entry | string> {
    const { store, clock } = this.#options;
    const at = clock.now();
    const origin = originOf(record);
    const redriven = isRedriven(record);
    const since = redriven ? at : sinceOf(record.headers, at);
    const fresh = newDelivery(alert, recipient, { at, origin, since });
    let stored;
    try {
      stored = await store.get(alert.id, recipient);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // What the store has cannot be read: coming again would not help.
      await store.bury(deliveryLetters(fresh, { code: error.code, reason: error.message }, at));
      return "dead";
    }
    const { state } = stored?.delivery ?? {};
    const again = state !== undefined && isFinal(state) &&
      (state !== "sent" || redriveOf(record.headers) === "any") && redriven;
    if (stored !== undefined && !again) return await this.#known(stored);
    const entry = new Entry(this.#entries, { delivery: fresh, version: stored?.version ?? 0 });
    const { verdict, ask } = await gate.verdict(fresh, at);
    // Its first record is the intent, where a call begins in time.
    if (Object.keys(verdict).length === 0) return entry;
    if (ask) await this.#ask(fresh, alert.locale);
    const step = await entry.step({ type: "admitted", at, place: false, ...verdict });
    return step === undefined ? "elsewhere" : resultOf(entry);
  }

  /** One that is in the store: a tick goes on with it, or this call where its time has come. */
  async #known(stored: StoredDelivery): Promise<Entry | string> {
    const { clock } = this.#options;
    const { state } = stored.delivery;
    const due = dueAt(stored.delivery, this.#entries.policy);
    if (due === undefined) return "known";
    const entry = new Entry(this.#entries, stored);
    if (due > clock.now() || state === "waiting" || state === "gathered" || state === "unconfirmed") {
      return resultOf(entry);
    }
    if (state === "calling" && !await this.#resume(entry)) return "elsewhere";
    return isFinal(entry.delivery.state) ? resultOf(entry) : entry;
  }
}

class Counter {
  readonly counts: Record<string, number> = {};

  add(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }
}

function isAway(error: unknown): boolean {
  return error instanceof OutsideError && error.retryable;
}

function isRedriven({ headers }: BatchRecord): boolean {
  return redriveOf(headers) !== false;
}

function originOf(record: BatchRecord): string {
  return `alerts/${record.partition}/${record.offset}`;
}
