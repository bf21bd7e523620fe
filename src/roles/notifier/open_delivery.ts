import { type Delivery, deliveryKey, type DeliveryState } from "../../alerts/ledger.ts";
import type { ChannelName } from "../../rules/rule.ts";

/**
 * A delivery that is not at its end, as the notifier remembers it. What it says stands in the ledger at `offset`; it is
 * kept in memory only as far as the limit allows, and read again when its turn comes.
 */
export class OpenDelivery {
  readonly key: string;
  readonly recipient: string;
  readonly symbol: string;
  readonly channel: ChannelName;
  readonly partition: number;
  /** The lane it goes through, see `laneOf`. */
  readonly lane: string;
  state: DeliveryState;
  /** When it is to be looked at again, epoch ms: the next try, the digest. */
  due = 0;
  /** Of its newest record on the `deliveries` topic; -1 until that is acknowledged. */
  offset: number;
  /** The record's content, while it is held in memory. */
  delivery: Delivery | undefined;
  /** Its intent is in the log, and the call is still to be made. */
  intended = false;
  /** When this process learned of the alert, epoch ms; undefined when it was taken over from the ledger. */
  readonly receivedAt: number | undefined;
  /** Its partition has been taken away: nothing more is done with it here. */
  forgotten = false;

  constructor(given: {
    partition: number;
    delivery: Delivery;
    offset?: number;
    receivedAt?: number;
  }) {
    this.key = deliveryKey(given.delivery.id, given.delivery.recipient);
    this.recipient = given.delivery.recipient;
    this.channel = given.delivery.channel;
    this.symbol = given.delivery.symbol;
    this.partition = given.partition;
    this.lane = laneOf(this.recipient);
    this.state = given.delivery.state;
    this.delivery = given.delivery;
    this.offset = given.offset ?? -1;
    this.receivedAt = given.receivedAt;
  }
}

/**
 * The lane of a recipient: mail is one, since one service takes it all; elsewhere each host is its own, so that a slow
 * one does not hold up the others.
 */
export function laneOf(recipient: string): string {
  const match = /^(webhook|slack|telegram):(.*)$/s.exec(recipient);
  if (match === null) return "mail";
  const [, channel, address = ""] = match;
  return channel === "telegram" ? "telegram" : `${channel}:${URL.parse(address)?.host ?? ""}`;
}
