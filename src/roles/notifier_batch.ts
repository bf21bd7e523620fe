import { backoffMs, type BackoffOptions, type Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../core/errors.ts";
import type { Alert } from "../alerts/alert.ts";
import { decodeAlert } from "../alerts/codec.ts";
import {
  type Delivery,
  deliveryKey,
  intent,
  isFinal,
  moved,
  newDelivery,
  recipientsOf,
} from "../alerts/ledger.ts";
import { alertMessage, type MessageLinks } from "../alerts/message.ts";
import { addressOf } from "../rules/rule.ts";
import type { Channel, OutgoingMessage } from "../ports/channel.ts";
import { deadLetter } from "../ports/dead_letter.ts";
import type { DeliveryStore } from "../ports/delivery_store.ts";
import { deliveryLetters, type Fault, type UnknownPolicy } from "./notifier_deliverer.ts";
import { TokenBucket } from "./token_bucket.ts";

/** An alert's record as an event source hands it over. */
export interface BatchRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface BatchNotifierOptions {
  readonly store: DeliveryStore;
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  readonly links?: (alert: Alert, recipient: string) => Promise<MessageLinks>;
  /** What is done with a call whose outcome nobody knows; `resend` by default. */
  readonly unknown?: UnknownPolicy;
  /** Calls of one delivery, at most, over all batches; 15 by default. */
  readonly maxAttempts?: number;
  /** The waits between tries; from 200 ms to 30 s by default. */
  readonly retry?: BackoffOptions;
  /** ms; 15,000 by default. */
  readonly callTimeoutMs?: number;
  /** An intent without outcome this old is nobody's any more, ms; 120,000 by default: twice a Lambda's time. */
  readonly leaseMs?: number;
  /** Deliveries at once; 8 by default. */
  readonly concurrency?: number;
}

/** What came of a batch. */
export interface BatchResult {
  /** Records with a delivery that is not at its end: to be handed over again. */
  readonly unfinished: readonly BatchRecord[];
  /** Deliveries by what was done: sent, known, suppressed, dead, later. */
  readonly counts: Readonly<Record<string, number>>;
}

type Step = "sent" | "known" | "suppressed" | "dead" | "later";

/** Kept free at the end of the time, for writing what came out. */
const RESERVE_MS = 3_000;
const LIMITS_MS = 300_000;

/**
 * The notifier for a place that is called with batches of alerts and keeps nothing between the calls: AWS Lambda.
 *
 * Delivery: as the notifier that runs all the time. The intent is in the store before the channel is called, the outcome
 * after it; a delivery at its end is not made again, whoever hands its alert over. Storm breaker and quiet hours need
 * somebody who waits: they are the other notifier's.
 */
export class BatchNotifier {
  readonly #options: BatchNotifierOptions;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #buckets = new Map<string, { bucket: TokenBucket; askedAt: number }>();

  constructor(options: BatchNotifierOptions) {
    this.#options = options;
    this.#channels = new Map(options.channels.map((channel) => [channel.channel, channel]));
  }

  /** Handles a batch. @param deadline epoch ms by which it must be over. */
  async handle(records: readonly BatchRecord[], deadline: number): Promise<BatchResult> {
    await this.#askLimits();
    const counts: Record<string, number> = {};
    const count = (what: string) => counts[what] = (counts[what] ?? 0) + 1;
    const unfinished = new Set<BatchRecord>();
    const work: { record: BatchRecord; alert: Alert; recipient: string }[] = [];
    const seen = new Set<string>();
    const repeated: { record: BatchRecord; key: string }[] = [];
    const late = new Set<string>();
    for (const record of records) {
      const alert = await this.#read(record);
      if (alert === undefined) count("unreadable");
      if (alert === "later") unfinished.add(record);
      if (alert === undefined || alert === "later") continue;
      for (const recipient of recipientsOf(alert)) {
        const key = deliveryKey(alert.id, recipient);
        if (seen.has(key)) repeated.push({ record, key });
        else work.push({ record, alert, recipient });
        seen.add(key);
      }
    }
    await eachAtOnce(work, this.#options.concurrency ?? 8, async ({ record, alert, recipient }) => {
      const step = await this.#deliver(record, alert, recipient, deadline);
      count(step);
      if (step !== "later") return;
      unfinished.add(record);
      late.add(deliveryKey(alert.id, recipient));
    });
    for (const { record, key } of repeated) if (late.has(key)) unfinished.add(record);
    return { unfinished: records.filter((record) => unfinished.has(record)), counts };
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
      const letter = deadLetter({
        key: record.key,
        bytes,
        code,
        reason,
        role: "notifier",
        origin: originOf(record),
        at,
      });
      return await this.#options.store.bury([letter]).then(() => undefined, () => "later" as const);
    }
  }

  async #deliver(record: BatchRecord, alert: Alert, recipient: string, deadline: number): Promise<Step> {
    try {
      return await this.#attempt(record, alert, recipient, deadline);
    } catch (error) {
      // The store is away: nothing is known, so the record is to come again.
      if (error instanceof OutsideError && error.retryable) return "later";
      throw error;
    }
  }

  async #attempt(record: BatchRecord, alert: Alert, recipient: string, deadline: number): Promise<Step> {
    const { store, clock } = this.#options;
    const origin = originOf(record);
    const stored = await store.get(alert.id, recipient);
    if (stored !== undefined && isFinal(stored.delivery.state)) return "known";
    const delivery = stored?.delivery ?? newDelivery(alert, recipient, { at: clock.now(), origin });
    const entry = new Entry(store, delivery, stored?.version ?? 0);
    const before = await this.#before(entry);
    if (before !== undefined) return before;
    const channel = this.#channels.get(delivery.channel);
    if (channel === undefined) {
      return await this.#bury(entry, {
        code: "no_channel",
        reason: `no ${delivery.channel} channel is configured`,
      });
    }
    let message: OutgoingMessage;
    try {
      message = await this.#message(alert, recipient);
    } catch (error) {
      return await this.#bury(entry, { code: "template_failed", reason: messageOf(error) });
    }
    return await this.#call(entry, channel, message, deadline);
  }

  /** What an earlier state decides before any call. */
  async #before(entry: Entry): Promise<Step | undefined> {
    const { clock, unknown = "resend", leaseMs = 120_000, store } = this.#options;
    const { delivery } = entry;
    if (delivery.state === "calling") {
      if (clock.now() - delivery.at < leaseMs) return "later";
      if (unknown === "hold") {
        const reason = "a call ended without its outcome being noted: look whether the message arrived";
        return await this.#bury(entry, { code: "held", reason });
      }
    }
    const suppression = (await store.recipient(delivery.recipient))?.suppression;
    if (!suppression || delivery.state === "calling") return undefined;
    const { cause: code, reason } = suppression;
    const written = await entry.move(moved(delivery, "suppressed", { at: clock.now(), code, reason }));
    return written ? "suppressed" : "later";
  }

  async #call(entry: Entry, channel: Channel, message: OutgoingMessage, deadline: number): Promise<Step> {
    const { clock, maxAttempts = 15, unknown = "resend" } = this.#options;
    for (;;) {
      const wait = Math.max(entry.delivery.retryAt ?? 0, clock.now()) - clock.now();
      if (clock.now() + wait + RESERVE_MS >= deadline) return "later";
      await clock.sleep(wait);
      if (!await this.#token(channel, deadline)) return "later";
      if (!await entry.move(intent(entry.delivery, clock.now()))) return "later";
      const outcome = await this.#send(channel, message, deadline);
      const at = clock.now();
      if (typeof outcome === "string") {
        const { transport } = channel;
        await entry.note(moved(entry.delivery, "sent", { at, providerId: outcome, transport }), clock);
        return "sent";
      }
      const { code, message: reason, retryable, retryAfterMs = 0 } = outcome;
      if (code === "timeout" && unknown === "hold") return await this.#bury(entry, { code: "held", reason });
      if (!retryable) return await this.#bury(entry, { code, reason });
      const { attempts } = entry.delivery;
      if (attempts >= maxAttempts) {
        return await this.#bury(entry, {
          code: "gave_up",
          reason: `given up after ${attempts} tries: ${reason}`,
        });
      }
      const retryAt = at + Math.max(retryAfterMs, this.#wait(attempts - 1));
      await entry.note(moved(entry.delivery, "failed", { at, retryAt, code, reason }), clock);
    }
  }

  #wait(attempt: number): number {
    const { retry = { baseMs: 200, capMs: 30_000 }, random } = this.#options;
    const floorMs = Math.min(retry.capMs, retry.baseMs * 2 ** Math.min(attempt, 40)) / 2;
    return backoffMs(attempt, { ...retry, floorMs }, random);
  }

  async #send(channel: Channel, message: OutgoingMessage, deadline: number): Promise<string | OutsideError> {
    const { clock, callTimeoutMs = 15_000 } = this.#options;
    const limit = Math.max(1, Math.min(callTimeoutMs, deadline - RESERVE_MS / 2 - clock.now()));
    const ended = new AbortController();
    const stop = new AbortController();
    const timeout = clock.sleep(limit, ended.signal).then(() => undefined);
    try {
      const receipt = await Promise.race([channel.send(message, stop.signal), timeout]);
      if (receipt !== undefined) return receipt.providerId;
      return new OutsideError("timeout", `no answer from ${channel.transport} within ${limit} ms`, {
        retryable: true,
      });
    } catch (error) {
      if (error instanceof OutsideError) return error;
      return new OutsideError("channel_failed", messageOf(error), { retryable: false, cause: error });
    } finally {
      ended.abort("ended");
      stop.abort("ended");
    }
  }

  async #message(alert: Alert, recipient: string): Promise<OutgoingMessage> {
    const links = await this.#options.links?.(alert, recipient) ?? {};
    return {
      ...alertMessage(alert, links),
      deliveryId: deliveryKey(alert.id, recipient),
      to: addressOf(recipient),
      alerts: [{ ...alert, recipients: [recipient] }],
      at: this.#options.clock.now(),
    };
  }

  async #bury(entry: Entry, fault: Fault): Promise<Step> {
    const at = this.#options.clock.now();
    await this.#options.store.bury(deliveryLetters(entry.delivery, fault, at));
    return await entry.move(moved(entry.delivery, "dead", { at, ...fault })) ? "dead" : "later";
  }

  /** Waits for the channel's rate to allow a call; false when there is no time for that. */
  async #token(channel: Channel, deadline: number): Promise<boolean> {
    const { clock } = this.#options;
    const bucket = this.#buckets.get(channel.channel)?.bucket;
    while (bucket !== undefined && !bucket.take(clock.now())) {
      const wait = bucket.waitMs(clock.now());
      if (clock.now() + wait + RESERVE_MS >= deadline) return false;
      await clock.sleep(wait);
    }
    return true;
  }

  async #askLimits(): Promise<void> {
    const { clock } = this.#options;
    for (const channel of this.#channels.values()) {
      const known = this.#buckets.get(channel.channel);
      if (channel.limits === undefined || known && clock.now() - known.askedAt < LIMITS_MS) continue;
      const limits = await channel.limits().catch(() => undefined);
      if (limits === undefined) continue;
      const bucket = known?.bucket ?? new TokenBucket(limits.perSecond, clock.now());
      bucket.setRate(limits.perSecond, clock.now());
      this.#buckets.set(channel.channel, { bucket, askedAt: clock.now() });
    }
  }
}

/** One delivery and the version of it that we have seen. */
class Entry {
  delivery: Delivery;
  readonly #store: DeliveryStore;
  #version: number;

  constructor(store: DeliveryStore, delivery: Delivery, version: number) {
    this.#store = store;
    this.delivery = delivery;
    this.#version = version;
  }

  /** Moves on; false when somebody else was faster. */
  async move(next: Delivery): Promise<boolean> {
    if (!await this.#store.put(next, this.#version)) return false;
    this.#version++;
    this.delivery = next;
    return true;
  }

  /** Notes an outcome, with a few tries: the message has gone out, and only this says so. */
  async note(next: Delivery, clock: Clock): Promise<void> {
    for (let attempt = 0;; attempt++) {
      try {
        await this.move(next);
        return;
      } catch (error) {
        if (!(error instanceof OutsideError) || attempt >= 3) throw error;
        await clock.sleep(100 * 2 ** attempt);
      }
    }
  }
}

async function eachAtOnce<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    while (next < items.length) await work(items[next++] as T);
  });
  await Promise.all(workers);
}

function originOf(record: BatchRecord): string {
  return `alerts/${record.partition}/${record.offset}`;
}
