import type { ChannelName } from "../rules/rule.ts";
import type { Alert } from "../alerts/alert.ts";

/** A message for one recipient. */
export interface OutgoingMessage {
  /** Names the delivery, the same on every try: alert id and recipient, or a digest's id. */
  readonly deliveryId: string;
  /** The address within the channel: a mail address, a URL, a chat id. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Further headers of a mail (List-Unsubscribe, …); values are single-line. */
  readonly headers: Readonly<Record<string, string>>;
  /** The alerts it tells of: one, or those of a digest. */
  readonly alerts: readonly Alert[];
  /** Epoch ms, for the Date header and signatures. */
  readonly at: number;
}

/** What the other side said when it took a message. */
export interface Receipt {
  /** Its own id of the message: SES MessageId, the SMTP server's answer, a file's name. */
  readonly providerId: string;
}

/**
 * A way to reach people. All pass `tests/contract/channel.ts`.
 *
 * `send` resolves when the other side has taken the message, and rejects with an OutsideError: retryable (throttled,
 * 5xx, unreachable; `retryAfterMs` where the other side said so) or not (refused for good).
 */
export interface Channel {
  readonly channel: ChannelName;
  /** The transport: `ses`, `smtp`, `outbox`, `webhook`, … */
  readonly transport: string;
  send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt>;
  /** How many messages a second may be sent and how many at once; asked again now and then. */
  limits?(): Promise<{ readonly perSecond: number; readonly concurrent: number }>;
  close(): Promise<void>;
}
