import { OutsideError } from "../core/errors.ts";
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
  /** Whose message it is; absent in deliveries of earlier versions. */
  readonly tenant?: string;
  /** The page of the message, where there is one: for channels that open something when they are pressed. */
  readonly page?: string;
  /** The body of a webhook's call, JSON, where the tenant has its own. */
  readonly body?: string;
  /** Further headers of a mail (List-Unsubscribe, …); values are single-line. */
  readonly headers: Readonly<Record<string, string>>;
  /** The receiver's own secrets, where it has some: what is signed is signed by each of them. */
  readonly secrets?: readonly string[];
  /** The alerts it is about: one, or those of a digest. */
  readonly alerts: readonly Alert[];
  /** Epoch ms, for the Date header and signatures. */
  readonly at: number;
}

/** What the other side said when it took a message. */
export interface Receipt {
  /** Its own id of the message: SES MessageId, the SMTP server's answer, a file's name. */
  readonly providerId: string;
}

/** How a call ended that did not end with a receipt. */
export interface CallEnd {
  /**
   * - `not_taken`: the other side has not got the message, or said so; it may be tried again;
   * - `refused`: for good;
   * - `unknown`: the message was handed over, and then there was no answer.
   */
  readonly end: "not_taken" | "refused" | "unknown";
  /** What is in trouble: the recipient (their chat, webhook, mail domain), or the service all of them go through. */
  readonly concerns: "recipient" | "provider";
  /** How long the other side asked us to wait, ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Why a channel did not get its receipt. */
export class ChannelError extends OutsideError implements CallEnd {
  readonly end: CallEnd["end"];
  readonly concerns: CallEnd["concerns"];

  /** @param code stable: `smtp_refused`, `slack_throttled`, …. */
  constructor(code: string, message: string, { end, concerns, retryAfterMs, cause }: CallEnd) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    super(code, message, { retryable: end !== "refused", ...wait, cause });
    this.end = end;
    this.concerns = concerns;
  }
}

/** What a channel allows: calls a second and at once. */
export interface ChannelLimits {
  readonly perSecond: number;
  readonly concurrent: number;
}

/**
 * A way to reach people. All pass `tests/contract/channel.ts`.
 *
 * `send` resolves when the other side has taken the message, and rejects with a {@link ChannelError} when it has not, or
 * when nobody knows. When the signal is aborted it ends at once, and says which of the two it is.
 */
export interface Channel {
  readonly channel: ChannelName;
  /** The transport: `ses`, `smtp`, `outbox`, `webhook`, … */
  readonly transport: string;
  /** How long a call may take, ms, where the protocol says it; else the policy's time counts. */
  readonly callTimeoutMs?: number;
  send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt>;
  /** What the account behind it allows, where the service says; asked again now and then. */
  limits?(): Promise<ChannelLimits>;
  close(): Promise<void>;
}
