import { assert, InputError } from "../core/errors.ts";
import { channelOf } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { decodeAs } from "./codec.ts";
import { type Delivery, deliverySchema, type DeliveryState } from "./delivery_fields.ts";
import type { DigestCause } from "./digest_cause.ts";
import { isNoticeId } from "./notice.ts";

export { type Delivery, DELIVERY_STATES, type DeliveryState } from "./delivery_fields.ts";

/**
 * The delivery ledger: what has become of each alert for each of its recipients. Its records stand on the `deliveries`
 * topic, key {@link deliveryKey}, placed by the symbol; the newest one of a key counts.
 *
 *     (none) ─► pending ─► calling ─► sent
 *        │         │        ▲   │
 *        │         │        │   └──► failed ──► calling …  or  dead
 *        │         └► dead  └──────────┘
 *        ├─► waiting ─► gathered ─► digested      (storm, quiet hours)
 *        │                 └──────► expired       (too old: one note lists it)
 *        ├─► suppressed
 *        └─► unconfirmed ─► waiting, suppressed  (the address has not agreed yet)
 *
 * - `pending`: it is to be sent; the record carries the alert, so the alerts topic's offset may be committed;
 * - `calling`: the intent, durable before the channel is called;
 * - `sent`, `failed`, `dead`: the outcome, written after the call;
 * - `waiting`: it goes into a digest at `until`; `gathered`: the digest that lists it is being written; `digested`: it
 *   is written, and has a delivery of its own under `digestId`;
 * - `expired`: it could not be sent for so long that the note `digestId` only lists it;
 * - `unconfirmed`: it waits until its address agrees to be written to, and no longer than `until`;
 * - `suppressed`: not sent, with the reason.
 *
 * @module
 */

/** Why a delivery is not made: a stable code, and a sentence. */
export interface LedgerFault {
  readonly code: string;
  readonly reason: string;
}

const NEXT: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  pending: ["calling", "waiting", "unconfirmed", "suppressed", "dead"],
  unconfirmed: ["waiting", "unconfirmed", "suppressed", "dead"],
  // Suppressed: who took it over finds that its recipient has stopped meanwhile, and does not call again.
  calling: ["sent", "failed", "dead", "calling", "waiting", "suppressed"],
  failed: ["calling", "waiting", "suppressed", "dead"],
  waiting: ["gathered", "suppressed", "dead"],
  gathered: ["digested", "expired", "waiting"],
  sent: [],
  dead: ["pending"],
  suppressed: ["pending"],
  digested: ["pending"],
  expired: ["pending"],
};

/** Whether a delivery may go from one state to another; out of an end other than `sent` only by a redrive. */
export function mayBecome(from: DeliveryState, to: DeliveryState): boolean {
  return NEXT[from].includes(to);
}

/** Whether nothing more happens to a delivery in this state by itself. */
export function isFinal(state: DeliveryState): boolean {
  return NEXT[state].length === 0 || NEXT[state][0] === "pending";
}

/** The key of a delivery on the `deliveries` topic. */
export function deliveryKey(id: string, recipient: string): string {
  return `${id}|${recipient}`;
}

/** What a digest's delivery is called: after the first alert it lists, and when it was made. */
function digestIdOf(firstAlertId: string, at: number): string {
  return `${DIGEST_PREFIX}${firstAlertId}:${at}`;
}

const DIGEST_PREFIX = "digest:";

/** Whether a delivery is a digest's. */
export function isDigest(delivery: Pick<Delivery, "id">): boolean {
  return delivery.id.startsWith(DIGEST_PREFIX);
}

/** Whether a delivery is a notice's: a message that is no alert. */
export function isNotice(delivery: Pick<Delivery, "id">): boolean {
  return isNoticeId(delivery.id);
}

/** The recipients of an alert whose channel is on. No channel named means all are. */
export function recipientsOf(alert: Pick<Alert, "recipients" | "channels">): readonly string[] {
  const on = (recipient: string) =>
    alert.channels.length === 0 || alert.channels.includes(channelOf(recipient));
  return [...new Set(alert.recipients)].filter(on);
}

/** The first record of a delivery. */
export function newDelivery(
  alert: Alert,
  recipient: string,
  given: { at: number; origin: string; since?: number },
): Delivery {
  return {
    id: alert.id,
    recipient,
    channel: channelOf(recipient),
    symbol: alert.symbol,
    ruleId: alert.ruleId,
    tenant: alert.tenant,
    // A rule that fires once has no end: its deliveries are remembered as those of a window that ended then.
    windowEnd: alert.windowEnd ?? alert.eventTime,
    state: "pending",
    at: given.at,
    attempts: 0,
    since: given.since ?? given.at,
    origin: given.origin,
    // The others' addresses are not this delivery's business, and would stand in it once for each of them.
    alerts: [{ ...alert, recipients: [recipient] }],
  };
}

/** The first record of a digest's delivery to one recipient. */
export function newDigest(
  members: readonly Delivery[],
  given: { at: number; why: DigestCause },
): Delivery {
  const [first] = members;
  assert(first !== undefined, "a digest needs at least one delivery");
  const alerts = members.flatMap((member) => member.alerts ?? []);
  assert(alerts.length === members.length, "a digest's deliveries must carry their alerts");
  return {
    ...newDelivery(alerts[0] as Alert, first.recipient, { at: given.at, origin: first.origin }),
    id: digestIdOf(first.id, given.at),
    ruleId: "",
    windowEnd: Math.max(...members.map((member) => member.windowEnd)),
    alerts,
    why: given.why,
  };
}

/** What changes with a state; what belongs to the state before is dropped. */
export type Change =
  & Pick<Delivery, "at">
  & Partial<
    Pick<
      Delivery,
      | "attempts"
      | "unanswered"
      | "retryAt"
      | "until"
      | "why"
      | "digestId"
      | "digestSymbol"
      | "code"
      | "reason"
      | "providerId"
      | "transport"
    >
  >;

/** The delivery in its next state. A final state carries the alerts no longer. */
export function inState(delivery: Delivery, to: DeliveryState, change: Change): Delivery {
  assert(mayBecome(delivery.state, to), `a delivery may not go from ${delivery.state} to ${to}`);
  const { retryAt: _r, until: _u, code: _c, reason: _e, digestId: _d, digestSymbol: _s, alerts, ...kept } =
    delivery;
  return {
    ...kept,
    ...(isFinal(to) || alerts === undefined ? {} : { alerts }),
    ...change,
    attempts: change.attempts ?? delivery.attempts,
    state: to,
  };
}

/** The next try: the intent that is written before the channel is called. */
export function intent(delivery: Delivery, at: number): Delivery {
  return inState(delivery, "calling", { at, attempts: delivery.attempts + 1 });
}

/** A delivery as it is written to the `deliveries` topic. */
export function encodeDelivery(delivery: Delivery): string {
  return JSON.stringify(delivery);
}

/**
 * A delivery read from the `deliveries` topic.
 *
 * @throws {InputError} code `bad_delivery`.
 */
export function decodeDelivery(bytes: Uint8Array): Delivery {
  return decodeAs(deliverySchema, bytes, { code: "bad_delivery", what: "a delivery" });
}

/** {@link decodeDelivery} for who passes over what is deleted, or no delivery: the notifier dead-letters it. */
export function readDelivery(value: Uint8Array | null): Delivery | undefined {
  if (value === null) return undefined;
  try {
    return decodeDelivery(value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return undefined;
  }
}
