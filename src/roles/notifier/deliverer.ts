import { backoffMs, type BackoffOptions, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { AssertionError, messageOf, OutsideError } from "../../core/errors.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { type Delivery, intent, isDigest, mayMove, moved } from "../../alerts/ledger.ts";
import type { MessageLinks } from "../../alerts/alert_view.ts";
import type { Message } from "../../alerts/message.ts";
import type { OutgoingMessage } from "../../ports/channel.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";
import type { NotifierMetrics } from "../../telemetry/notifier_metrics.ts";
import type { Lane } from "./lane.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import type { OpenDelivery } from "./open_delivery.ts";
import { type LinksOf, outgoing } from "./outgoing.ts";

const log = logger("notifier");

/** What is done with a call whose outcome is not known: a crash between intent and outcome, or no answer in time. */
export const UNKNOWN_POLICIES = ["resend", "hold"] as const;
export type UnknownPolicy = typeof UNKNOWN_POLICIES[number];

export interface DelivererOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Why a delivery is not to be made now: its recipient is suppressed, or somebody silenced it. */
  readonly hushed: (delivery: Delivery) => Fault | undefined;
  /** Calls of one delivery, at most. */
  readonly maxAttempts: number;
  readonly retry: BackoffOptions;
  /** How long a call may take, ms. */
  readonly callTimeoutMs: number;
  readonly unknown: UnknownPolicy;
  readonly links: LinksOf;
  readonly compose?: (delivery: Delivery, links: MessageLinks) => Message;
  readonly metrics: NotifierMetrics | undefined;
  /** Puts a delivery off until its `due`. */
  readonly later: (open: OpenDelivery) => void;
}

/** Upcoming deliveries whose contents are read along with the one whose turn it is. */
const READ_AHEAD = 100;

/** Takes one delivery through one try: intent, call, outcome. */
export class Deliverer {
  readonly #options: DelivererOptions;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /**
   * One try. The place in the lane is given back as soon as the call has ended.
   *
   * When the partition's time to finish is over, a call that is under way is given up, and its intent stays without an
   * outcome.
   */
  async deliver(open: OpenDelivery, lane: Lane, place: DeliveryPlace): Promise<void> {
    const { ledger, stop } = place;
    let placed = true;
    const release = () => {
      if (placed) lane.release();
      placed = false;
    };
    try {
      const delivery = open.delivery ?? await ledger.hydrate(open, lane.upcoming(READ_AHEAD));
      if (delivery === undefined) return await this.#lost(open, ledger);
      const ready = await this.#ready(open, delivery, place);
      if (ready === undefined) return;
      const outcome = await this.#call(ready, lane, stop);
      release();
      if (outcome !== undefined) await this.#settle(open, ready.delivery, outcome, lane, ledger);
    } finally {
      release();
    }
  }

  /** Ends a delivery: each of its alerts becomes a dead letter, which can be redriven. */
  async bury(open: OpenDelivery, delivery: Delivery, fault: Fault, ledger: PartitionLedger): Promise<void> {
    const at = this.#options.clock.now();
    const letters = deliveryLetters(delivery, fault, at);
    await ledger.advance(open, moved(delivery, "dead", { at, ...fault }), letters);
    log.error("the alert {alertId} does not reach {channel}: {reason}", {
      alertId: delivery.id,
      channel: delivery.channel,
      reason: fault.reason,
    });
  }

  /** {@link bury} for a delivery whose content may not be in memory. */
  async buryUnread(open: OpenDelivery, ledger: PartitionLedger, fault: Fault): Promise<void> {
    const delivery = open.delivery ?? await ledger.hydrate(open, []);
    if (delivery === undefined) return await this.#lost(open, ledger);
    await this.bury(open, delivery, fault, ledger);
  }

  /** Checks and composes, and writes the intent; undefined when there is nothing to call for. */
  async #ready(open: OpenDelivery, delivery: Delivery, place: DeliveryPlace): Promise<Ready | undefined> {
    const { clock } = this.#options;
    const { ledger } = place;
    // It is the next owner's now, unless its intent says that we call.
    if (open.forgotten || place.lost || place.revoked && !open.intended) return undefined;
    const hush = this.#options.hushed(delivery);
    if (hush !== undefined && mayMove(delivery.state, "suppressed")) {
      await ledger.advance(open, moved(delivery, "suppressed", { at: clock.now(), ...hush }));
      return undefined;
    }
    let message: OutgoingMessage;
    try {
      message = await outgoing(delivery, { ...this.#options, at: clock.now() });
    } catch (error) {
      await this.bury(open, delivery, { code: "template_failed", reason: messageOf(error) }, ledger);
      return undefined;
    }
    // A first try's intent was written when the alert was taken up.
    if (open.intended) {
      open.intended = false;
      return { delivery, message };
    }
    const calling = intent(delivery, clock.now());
    return await ledger.advance(open, calling) && !place.lost ? { delivery: calling, message } : undefined;
  }

  /** Calls the channel; undefined when it was stopped and nobody knows. */
  async #call({ delivery, message }: Ready, lane: Lane, stop: AbortSignal): Promise<Outcome | undefined> {
    const { clock, callTimeoutMs, metrics } = this.#options;
    const began = clock.now();
    const ended = new AbortController();
    const timeout = clock.sleep(callTimeoutMs, ended.signal).then(() => "timeout" as const);
    const stopped = aborted(stop, ended.signal).then(() => "stopped" as const);
    const cancel = new AbortController();
    try {
      const receipt = await Promise.race([lane.channel.send(message, cancel.signal), timeout, stopped]);
      if (receipt === "stopped") return undefined;
      if (receipt !== "timeout") return { taken: receipt.providerId };
      const reason = `no answer from ${lane.channel.transport} within ${callTimeoutMs} ms`;
      return { error: new OutsideError("timeout", reason, { retryable: true }) };
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      return { error: asOutside(error) };
    } finally {
      // A reason of our own: making the default one, an exception with its stack, costs more than the rest.
      ended.abort("ended");
      cancel.abort("ended");
      metrics?.calls.observe({ channel: delivery.channel }, (clock.now() - began) / 1000);
    }
  }

  async #settle(
    open: OpenDelivery,
    delivery: Delivery,
    outcome: Outcome,
    lane: Lane,
    ledger: PartitionLedger,
  ): Promise<void> {
    const { clock, metrics } = this.#options;
    const at = clock.now();
    const { transport } = lane.channel;
    if ("taken" in outcome) {
      lane.called("taken");
      this.#observe(open, delivery, at, metrics);
      await ledger.advance(open, moved(delivery, "sent", { at, providerId: outcome.taken, transport }));
      return;
    }
    const { error } = outcome;
    lane.called(error.retryable ? "unavailable" : "refused", error.retryAfterMs);
    if (error.code === "timeout" && this.#options.unknown === "hold") {
      return await this.bury(open, delivery, { code: "held", reason: error.message }, ledger);
    }
    if (!error.retryable) {
      return await this.bury(open, delivery, { code: error.code, reason: error.message }, ledger);
    }
    if (delivery.attempts >= this.#options.maxAttempts) {
      const reason = `given up after ${delivery.attempts} tries: ${error.message}`;
      return await this.bury(open, delivery, { code: "gave_up", reason }, ledger);
    }
    await this.#putOff(open, delivery, error, ledger);
  }

  async #putOff(open: OpenDelivery, delivery: Delivery, error: OutsideError, ledger: PartitionLedger) {
    const { clock, random, retry } = this.#options;
    const at = clock.now();
    const attempt = delivery.attempts - 1;
    // Half the exponential wait at least, so that the tries together span a known time.
    const floorMs = Math.min(retry.capMs, retry.baseMs * 2 ** Math.min(attempt, 40)) / 2;
    const wait = Math.max(error.retryAfterMs ?? 0, backoffMs(attempt, { ...retry, floorMs }, random));
    const retryAt = at + wait;
    const failed = moved(delivery, "failed", { at, retryAt, code: error.code, reason: error.message });
    open.due = retryAt;
    if (!await ledger.advance(open, failed)) return;
    log.warn("the alert {alertId} is tried again in {wait} ms: {reason}", {
      alertId: delivery.id,
      wait,
      reason: error.message,
    });
    this.#options.later(open);
  }

  #observe(open: OpenDelivery, delivery: Delivery, at: number, metrics: NotifierMetrics | undefined): void {
    if (metrics === undefined || isDigest(delivery)) return;
    const { channel } = delivery;
    if (open.receivedAt !== undefined) {
      metrics.handover.observe({ channel }, Math.max(0, at - open.receivedAt) / 1000);
    }
    const eventTime = delivery.alerts?.[0]?.eventTime;
    if (eventTime !== undefined) metrics.tradeToMail.observe({ channel }, Math.max(0, at - eventTime) / 1000);
  }

  /** The record of a delivery is gone from the log: retention is shorter than the delivery took. */
  async #lost(open: OpenDelivery, ledger: PartitionLedger): Promise<void> {
    if (open.forgotten) return;
    await ledger.lose(
      open,
      deadLetter({
        key: open.symbol,
        bytes: new Uint8Array(),
        code: "record_gone",
        reason: "the delivery's record was deleted from the deliveries topic before its turn came: " +
          "keep that topic for longer",
        role: "notifier",
        origin: `deliveries/${open.partition}/${open.offset}`,
        at: this.#options.clock.now(),
        headers: { recipient: open.recipient, delivery: open.key },
      }),
    );
  }
}

/** The partition a delivery belongs to. */
export interface DeliveryPlace {
  readonly ledger: PartitionLedger;
  /** Whether the partition has been taken away: no new call begins. */
  readonly revoked: boolean;
  /** Whether another notifier may have it already: whatever the ledger said, no call is ours any more. */
  readonly lost: boolean;
  /** Aborted when calls under way are to be given up. */
  readonly stop: AbortSignal;
}

interface Ready {
  readonly delivery: Delivery;
  readonly message: OutgoingMessage;
}

type Outcome = { readonly taken: string } | { readonly error: OutsideError };

/** Why a delivery ends in the dead letters. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
}

/** The dead letters of a delivery: one for each alert, so that each can be redriven by itself. */
export function deliveryLetters(delivery: Delivery, fault: Fault, at: number): NewRecord[] {
  return (delivery.alerts ?? []).map((alert) =>
    deadLetter({
      key: alert.symbol,
      bytes: new TextEncoder().encode(encodeAlert(alert)),
      ...fault,
      role: "notifier",
      origin: delivery.origin,
      at,
      headers: { recipient: delivery.recipient, alert: alert.id },
    })
  );
}

/** An error a channel did not name is not tried again: nobody knows what it left behind. */
export function asOutside(error: unknown): OutsideError {
  if (error instanceof OutsideError) return error;
  return new OutsideError("channel_failed", messageOf(error), { retryable: false, cause: error });
}

function aborted(signal: AbortSignal, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      signal.removeEventListener("abort", done);
      ended.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    ended.addEventListener("abort", done, { once: true });
  });
}
