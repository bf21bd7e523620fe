import type { DigestCause } from "../../alerts/digest_cause.ts";
import { type Delivery, deliveryKey, type DeliveryState } from "../../alerts/ledger.ts";
import type { ChannelName } from "../../rules/channels.ts";
import { scopeOf } from "../delivery/lanes.ts";
import type { PartitionLedger } from "./partition_ledger.ts";

/**
 * A delivery that is not at its end, as the notifier remembers it. What it says stands in the ledger at `offset`; it is
 * kept in memory only as far as the limit allows, and read again when its turn comes. Its ledger alone changes it.
 */
export interface OpenDelivery {
  readonly ledger: PartitionLedger;
  readonly key: string;
  readonly recipient: string;
  readonly tenant: string;
  readonly symbol: string;
  readonly channel: ChannelName;
  /** What it shares with the recipients that fail along with it. */
  readonly scope: string;
  /** When the alert was made, epoch ms. */
  readonly since: number;
  /** When this process learned of the alert, epoch ms; undefined when it was taken over from the ledger. */
  readonly receivedAt: number | undefined;
  readonly state: DeliveryState;
  /** `waiting`: what it waits for. */
  readonly why: DigestCause | undefined;
  /** When it is taken up again, epoch ms: the next try, the digest. */
  readonly due: number;
  /** How long that was when it was decided, ms. */
  readonly waitMs: number;
  /** Of its newest record on the `deliveries` topic; -1 until that is acknowledged. */
  readonly offset: number;
  /** The record's content, while it is in memory. */
  readonly delivery: Delivery | undefined;
  /** Its partition has been taken away: nothing more is done with it here. */
  readonly forgotten: boolean;
}

/** The same for its owner, the ledger. */
export type OwnDelivery = { -readonly [Key in keyof OpenDelivery]: OpenDelivery[Key] };

/** Takes up a delivery whose record stands at `offset`, or is still to be written (-1). */
export function openDelivery(
  ledger: PartitionLedger,
  delivery: Delivery,
  given: { readonly offset: number; readonly receivedAt?: number },
): OwnDelivery {
  const { channel, recipient, symbol, state, at } = delivery;
  return {
    ledger,
    key: deliveryKey(delivery.id, recipient),
    recipient,
    tenant: delivery.tenant ?? delivery.alerts?.[0]?.tenant ?? "",
    symbol,
    channel,
    scope: scopeOf(channel, recipient),
    since: delivery.since ?? at,
    receivedAt: given.receivedAt,
    state,
    why: delivery.why,
    due: 0,
    waitMs: 0,
    offset: given.offset,
    delivery,
    forgotten: false,
  };
}
