import type { DigestCause } from "./digest_cause.ts";
import { NOT_CONFIRMED } from "./consent.ts";
import {
  type Delivery,
  inState,
  intent,
  isDigest,
  isFinal,
  isNotice,
  type LedgerFault,
  mayBecome,
} from "./ledger.ts";
import { type DeliveryPolicy, retryWaitMs } from "./delivery_policy.ts";

/**
 * What becomes of a delivery: a pure function from its state and an event to its next state and what is to be done. The
 * notifier (log and lease) and the Lambda (table and lease) only do it: write, call, sleep.
 *
 * Three things are true whatever comes in whatever order: a call follows a written intent, always; who has lost the delivery
 * does nothing with it any more; and a delivery is at its end or has a time at which it is taken up again.
 *
 * @module
 */

/** What keeps a new delivery from being called; the first of these that is there decides. */
export interface Verdict {
  readonly hush?: LedgerFault;
  readonly fault?: LedgerFault;
  /** Its recipient has to agree first; `lookAt`: when to look whether they have, where nobody wakes it. */
  readonly consent?: { readonly lookAt?: number };
  readonly digest?: { readonly until: number; readonly why: DigestCause };
}

/** What happens to a delivery. `at` is epoch ms. */
export type DeliveryEvent =
  /** A new alert is taken up; with `place` it may be called at once. */
  | (Verdict & { readonly type: "admitted"; readonly at: number; readonly place: boolean })
  /** Its recipient is suppressed, or somebody silenced it. */
  | { readonly type: "hushed"; readonly at: number; readonly fault: LedgerFault }
  /** It was looked whether its recipient has agreed meanwhile. */
  | { readonly type: "looked"; readonly at: number; readonly agreed: boolean; readonly lookAt?: number }
  /** Its turn for a call has come. */
  | { readonly type: "called"; readonly at: number }
  /** The other side has taken the message. */
  | {
    readonly type: "accepted";
    readonly at: number;
    readonly providerId: string;
    readonly transport: string;
  }
  /** It cannot be sent, now or later: the other side says so, or there is no channel or no message. */
  | { readonly type: "refused"; readonly at: number; readonly fault: LedgerFault }
  /** The message was not taken. `random` in [0, 1) spreads the next tries. */
  | {
    readonly type: "failed";
    readonly at: number;
    readonly fault: LedgerFault;
    readonly retryAfterMs?: number;
    readonly random: number;
  }
  /** The message was handed over, and no answer came. */
  | { readonly type: "timed out"; readonly at: number; readonly fault: LedgerFault }
  /** Another one's lease is over: it is ours now. `listed`: whether the digest it was gathered for is written. */
  | { readonly type: "resumed"; readonly at: number; readonly listed?: boolean }
  /** It stands in a digest that is about to be written. */
  | {
    readonly type: "gathered";
    readonly at: number;
    readonly digestId: string;
    readonly digestSymbol: string;
  }
  /** That digest is written; or it did not come about. */
  | { readonly type: "listed" | "released"; readonly at: number }
  /** It is a digest that another one wrote: these of its alerts went into other messages before it came. */
  | { readonly type: "regathered"; readonly at: number; readonly alertIds: ReadonlySet<string> }
  /** It is somebody else's from now on. */
  | { readonly type: "taken over" };

/** What is to be done. */
export interface Step {
  /** The delivery as it is now; undefined when it is not ours any more. */
  readonly delivery: Delivery | undefined;
  /** Whether that is to be written before anything else is done. */
  readonly write: boolean;
  /** Why each of its alerts becomes a dead letter, written before the state is. */
  readonly letters?: LedgerFault;
  readonly then: Then;
}

/** What follows once it is written. */
export type Then =
  /** Call the channel now. */
  | { readonly do: "call" }
  /** Take it up again at a time, see {@link dueAt}. */
  | { readonly do: "wait"; readonly until: number }
  /** Nothing, ever. */
  | { readonly do: "end" };

const END: Then = { do: "end" };

/**
 * The next step of a delivery. An event that does not fit its state changes nothing.
 *
 * @param delivery undefined once it was taken over.
 */
export function next(delivery: Delivery | undefined, event: DeliveryEvent, policy: DeliveryPolicy): Step {
  if (delivery === undefined || event.type === "taken over") {
    return { delivery: undefined, write: false, then: END };
  }
  switch (event.type) {
    case "admitted":
      return delivery.state === "pending" ? admitted(delivery, event, policy) : rest(delivery, policy);
    case "hushed":
      return mayBecome(delivery.state, "suppressed")
        ? written(inState(delivery, "suppressed", { at: event.at, ...event.fault }), policy)
        : rest(delivery, policy);
    case "looked":
      return delivery.state === "unconfirmed" ? looked(delivery, event, policy) : rest(delivery, policy);
    case "called":
      return called(delivery, event.at, policy);
    case "refused":
      return mayBecome(delivery.state, "dead")
        ? dead(delivery, event.at, event.fault)
        : rest(delivery, policy);
    case "accepted": {
      if (delivery.state !== "calling") return rest(delivery, policy);
      const { at, providerId, transport } = event;
      return written(inState(delivery, "sent", { at, providerId, transport }), policy);
    }
    case "failed":
      return delivery.state === "calling" ? failed(delivery, event, policy) : rest(delivery, policy);
    case "timed out":
      return delivery.state === "calling" ? timedOut(delivery, event, policy) : rest(delivery, policy);
    case "resumed":
      return resumed(delivery, event, policy);
    case "regathered":
      return delivery.state === "pending" ? regathered(delivery, event, policy) : rest(delivery, policy);
    default:
      return digestStep(delivery, event, policy);
  }
}

/**
 * When a delivery is to be taken up by itself, epoch ms; undefined at its end. `pending` and `failed` are to be called
 * then, `waiting` is to be gathered, `unconfirmed` is examined; `calling` and `gathered` have been left by whoever had them, and are resumed.
 */
export function dueAt(delivery: Delivery, policy: Pick<DeliveryPolicy, "leaseMs">): number | undefined {
  const { state, at } = delivery;
  if (isFinal(state)) return undefined;
  if (state === "calling" || state === "gathered") return at + policy.leaseMs;
  if (state === "unconfirmed") return Math.min(delivery.retryAt ?? Infinity, delivery.until ?? at);
  return (state === "failed" ? delivery.retryAt : state === "waiting" ? delivery.until : at) ?? at;
}

function rest(delivery: Delivery, policy: DeliveryPolicy): Step {
  const until = dueAt(delivery, policy);
  return { delivery, write: false, then: until === undefined ? END : { do: "wait", until } };
}

function written(delivery: Delivery, policy: DeliveryPolicy): Step {
  return { ...rest(delivery, policy), write: true };
}

function dead(delivery: Delivery, at: number, fault: LedgerFault): Step {
  return { delivery: inState(delivery, "dead", { at, ...fault }), write: true, letters: fault, then: END };
}

function admitted(
  delivery: Delivery,
  event: DeliveryEvent & { type: "admitted" },
  policy: DeliveryPolicy,
): Step {
  const { at, hush, fault, consent, digest, place } = event;
  if (hush !== undefined) return written(inState(delivery, "suppressed", { at, ...hush }), policy);
  if (fault !== undefined) return dead(delivery, at, fault);
  if (consent !== undefined) {
    const until = (delivery.since ?? at) + policy.maxAgeMs;
    return written(inState(delivery, "unconfirmed", { at, until, ...laterLook(consent.lookAt) }), policy);
  }
  if (digest !== undefined) return written(inState(delivery, "waiting", { at, ...digest }), policy);
  return place || isOld(delivery, at, policy) ? called(delivery, at, policy) : written(delivery, policy);
}

/** Whoever has agreed gets what waited in one message; whoever has not in time gets none of it. */
function looked(delivery: Delivery, event: DeliveryEvent & { type: "looked" }, policy: DeliveryPolicy): Step {
  const { at, agreed, lookAt } = event;
  const { until = at } = delivery;
  if (agreed) {
    return written(
      inState(delivery, "waiting", { at, until: at + policy.agreedWaitMs, why: "consent" }),
      policy,
    );
  }
  if (at >= until) return written(inState(delivery, "suppressed", { at, ...NOT_CONFIRMED }), policy);
  if (lookAt === undefined) return rest(delivery, policy);
  return written(inState(delivery, "unconfirmed", { at, until, ...laterLook(lookAt) }), policy);
}

function laterLook(lookAt: number | undefined): { readonly retryAt?: number } {
  return lookAt === undefined ? {} : { retryAt: lookAt };
}

function called(delivery: Delivery, at: number, policy: DeliveryPolicy): Step {
  if (!mayBecome(delivery.state, "calling")) return rest(delivery, policy);
  if (isOld(delivery, at, policy)) return expired(delivery, at, policy);
  return { delivery: intent(delivery, at), write: true, then: { do: "call" } };
}

function isOld(delivery: Delivery, at: number, { maxAgeMs }: DeliveryPolicy): boolean {
  if (at > (delivery.notice?.until ?? Infinity)) return true;
  return delivery.since !== undefined && at - delivery.since > maxAgeMs;
}

/** Too old to be sent: a note will list it. A digest or a notice that is too old is not listed in another one. */
function expired(delivery: Delivery, at: number, policy: DeliveryPolicy): Step {
  if (!isDigest(delivery) && !isNotice(delivery)) {
    return written(
      inState(delivery, "waiting", { at, until: at + policy.expiredWaitMs, why: "expired" }),
      policy,
    );
  }
  const limitMs = (delivery.notice?.until ?? Infinity) - (delivery.since ?? at);
  const hours = Math.round(Math.min(limitMs, policy.maxAgeMs) / 360_000) / 10;
  return dead(delivery, at, { code: "expired", reason: `could not be sent within ${hours} hours` });
}

function failed(delivery: Delivery, event: DeliveryEvent & { type: "failed" }, policy: DeliveryPolicy): Step {
  const { at, fault, random, retryAfterMs = 0 } = event;
  if (delivery.attempts >= policy.maxAttempts) return dead(delivery, at, gaveUp(delivery, fault));
  const wait = Math.max(retryAfterMs, retryWaitMs(delivery.attempts - 1, policy.retry, random));
  return written(inState(delivery, "failed", { at, retryAt: at + wait, ...fault }), policy);
}

function gaveUp(delivery: Delivery, { reason }: LedgerFault): LedgerFault {
  return { code: "gave_up", reason: `given up after ${delivery.attempts} tries: ${reason}` };
}

/** Nobody knows whether it arrived: it is kept back, or called once more after long, and not again after that. */
function timedOut(
  delivery: Delivery,
  event: DeliveryEvent & { type: "timed out" },
  policy: DeliveryPolicy,
): Step {
  const { at, fault } = event;
  if (policy.unknown === "hold") {
    return dead(delivery, at, { code: "held", reason: unknownReason(fault.reason) });
  }
  const unanswered = (delivery.unanswered ?? 0) + 1;
  if (unanswered > 1 || delivery.attempts >= policy.maxAttempts) {
    return dead(delivery, at, { code: "no_answer", reason: unknownReason(`called twice, ${fault.reason}`) });
  }
  const retryAt = at + policy.unansweredWaitMs;
  return written(inState(delivery, "failed", { at, retryAt, unanswered, ...fault }), policy);
}

function unknownReason(reason: string): string {
  return `${reason}: find out whether the message arrived, and redrive it if it did not`;
}

function resumed(
  delivery: Delivery,
  event: DeliveryEvent & { type: "resumed" },
  policy: DeliveryPolicy,
): Step {
  const { at, listed } = event;
  if (delivery.state === "gathered") {
    return digestStep(delivery, { type: listed ? "listed" : "released", at }, policy);
  }
  if (delivery.state !== "calling") return rest(delivery, policy);
  const fault = {
    code: "held",
    reason: "the notifier ended between calling the channel and noting its answer",
  };
  if (policy.unknown === "hold") return dead(delivery, at, { ...fault, reason: unknownReason(fault.reason) });
  if (delivery.attempts >= policy.maxAttempts) return dead(delivery, at, gaveUp(delivery, fault));
  // It goes through its lane as any other; its next call has an intent of its own.
  return { delivery, write: false, then: { do: "wait", until: at } };
}

function regathered(
  delivery: Delivery,
  { at, alertIds }: DeliveryEvent & { type: "regathered" },
  policy: DeliveryPolicy,
): Step {
  const { alerts: all = [] } = delivery;
  const alerts = all.filter(({ id }) => !alertIds.has(id));
  if (alerts.length === all.length) return rest(delivery, policy);
  if (alerts.length > 0) return written({ ...delivery, at, alerts }, policy);
  const fault = { code: "regathered", reason: "its alerts went into another message before it was written" };
  return written(inState(delivery, "suppressed", { at, ...fault }), policy);
}

function digestStep(
  delivery: Delivery,
  event: DeliveryEvent & { type: "gathered" | "listed" | "released" },
  policy: DeliveryPolicy,
): Step {
  const { at } = event;
  const { why = "storm", digestId = "", digestSymbol = delivery.symbol } = delivery;
  if (event.type === "gathered") {
    if (delivery.state !== "waiting") return rest(delivery, policy);
    const { digestId, digestSymbol } = event;
    return written(inState(delivery, "gathered", { at, digestId, digestSymbol }), policy);
  }
  if (delivery.state !== "gathered") return rest(delivery, policy);
  if (event.type === "released") return written(inState(delivery, "waiting", { at, until: at, why }), policy);
  const end = why === "expired" ? "expired" : "digested";
  return written(inState(delivery, end, { at, digestId, digestSymbol }), policy);
}
