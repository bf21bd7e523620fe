import { backoffMs, type BackoffOptions, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { intent, moved } from "../../alerts/ledger.ts";
import type { Channel, OutgoingMessage } from "../../ports/channel.ts";
import { type DeliveryStore, LEASE_MS } from "../../ports/delivery_store.ts";
import type { BatchEntry } from "./entry.ts";
import { asOutside, deliveryLetters, type Fault, type UnknownPolicy } from "../notifier/deliverer.ts";
import { type LinksOf, outgoing } from "../notifier/outgoing.ts";
import { TokenBucket } from "../../core/token_bucket.ts";

export interface BatchCallerOptions {
  readonly store: DeliveryStore;
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  readonly links?: LinksOf;
  /** What is done with a call whose outcome nobody knows; `resend` by default. */
  readonly unknown?: UnknownPolicy;
  /** Calls of one delivery, at most, over all batches; 15 by default. */
  readonly maxAttempts?: number;
  /** The waits between tries; from 200 ms to 30 s by default. */
  readonly retry?: BackoffOptions;
  /** ms; 15,000 by default. */
  readonly callTimeoutMs?: number;
}

/** What was done with a delivery; `later`: it is not at its end, and its time has run out for now. */
export type Step = "sent" | "known" | "suppressed" | "waiting" | "dead" | "later";

/** Kept free at the end of the time, for writing what came out, ms. */
export const RESERVE_MS = 3_000;
const LIMITS_MS = 300_000;

/** Calls the channels for a notifier that has little time: intent, call, outcome, again until the time is over. */
export class BatchCaller {
  readonly #options: BatchCallerOptions;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #buckets = new Map<string, { bucket: TokenBucket; askedAt: number }>();

  constructor(options: BatchCallerOptions) {
    this.#options = options;
    this.#channels = new Map(options.channels.map((channel) => [channel.channel, channel]));
  }

  /** Asks the channels what they allow, where that is not known or old. */
  async askLimits(): Promise<void> {
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

  /** Delivers, with as many tries as there is time for. @param deadline epoch ms by which it must be over. */
  async deliver(entry: BatchEntry, deadline: number): Promise<Step> {
    const { clock, unknown = "resend", links = () => Promise.resolve({}) } = this.#options;
    const { delivery } = entry;
    if (delivery.state === "calling") {
      if (clock.now() - delivery.at < LEASE_MS) return "later";
      if (unknown === "hold") {
        const reason = "a call ended without its outcome being noted: look whether the message arrived";
        return await this.#bury(entry, { code: "held", reason });
      }
    }
    const channel = this.#channels.get(delivery.channel);
    if (channel === undefined) {
      const reason = `no ${delivery.channel} channel is configured`;
      return await this.#bury(entry, { code: "no_channel", reason });
    }
    let message: OutgoingMessage;
    try {
      message = await outgoing(delivery, { links, at: clock.now() });
    } catch (error) {
      return await this.#bury(entry, { code: "template_failed", reason: messageOf(error) });
    }
    return await this.#try(entry, channel, message, deadline);
  }

  async #try(entry: BatchEntry, channel: Channel, message: OutgoingMessage, deadline: number): Promise<Step> {
    const { clock, maxAttempts = 15, unknown = "resend" } = this.#options;
    for (;;) {
      const wait = Math.max(entry.delivery.retryAt ?? 0, clock.now()) - clock.now();
      if (clock.now() + wait + RESERVE_MS >= deadline) return "later";
      if (wait > 0) await clock.sleep(wait);
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
        const last = `given up after ${attempts} tries: ${reason}`;
        return await this.#bury(entry, { code: "gave_up", reason: last });
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
    const limit = Math.min(callTimeoutMs, deadline - RESERVE_MS / 2 - clock.now());
    // Writing the intent took the time: after the deadline the delivery may be somebody else's.
    if (limit <= 0) {
      return new OutsideError("no_time", "no time was left for the call", { retryable: true });
    }
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
      return asOutside(error);
    } finally {
      ended.abort("ended");
      stop.abort("ended");
    }
  }

  async #bury(entry: BatchEntry, fault: Fault): Promise<Step> {
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
}
