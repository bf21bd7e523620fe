import type { Random } from "../../src/core/backoff.ts";
import type { Clock } from "../../src/core/clock.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../src/ports/channel.ts";

/** A mail that was taken: it cannot be called back. */
export interface SentMail {
  readonly deliveryId: string;
  readonly to: string;
  readonly alertIds: readonly string[];
}

/** An address that the service refuses for good. */
export const REFUSED_ADDRESS = "refused@example.com";

/** The mail service outside: takes a while, is throttled now and then, refuses one address, forgets nothing. */
export class MailService implements Channel {
  readonly channel = "mail";
  readonly transport = "simulated";
  readonly sent: SentMail[] = [];
  /** Share of the calls that are throttled, 0 to 1. */
  throttled = 0;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    await this.#clock.sleep(Math.floor(this.#random() * 300), signal);
    if (signal.aborted) throw new OutsideError("aborted", "the call was given up", { retryable: true });
    if (this.#random() < this.throttled) {
      throw new OutsideError("throttled", "slow down", { retryable: true, retryAfterMs: 500 });
    }
    if (message.to === REFUSED_ADDRESS) {
      throw new OutsideError("refused", "no such mailbox", { retryable: false });
    }
    const alertIds = message.alerts.map((alert) => alert.id);
    this.sent.push({ deliveryId: message.deliveryId, to: message.to, alertIds });
    return { providerId: String(this.sent.length) };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
