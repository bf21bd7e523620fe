import type { Random } from "../../src/core/backoff.ts";
import { type Channel, ChannelError, type OutgoingMessage, type Receipt } from "../../src/ports/channel.ts";
import type { Counters } from "./counters.ts";
import type { Host } from "./host.ts";

/** A mail that was taken: it cannot be called back. */
export interface SentMail {
  readonly deliveryId: string;
  readonly to: string;
  readonly tenant: string;
  readonly alertIds: readonly string[];
  readonly by: Host;
  /** When the call began, epoch ms, of the true time. */
  readonly calledAt: number;
  /** When it was taken, likewise. */
  readonly at: number;
  /** Whether the caller has heard that it was taken. */
  told: boolean;
  /** Whether its call was over before it was taken, or had been if its caller had not stood still: it had no answer. */
  readonly late: boolean;
}

/** A call, from when it began, epoch ms. */
interface Call {
  readonly message: OutgoingMessage;
  readonly calledAt: number;
  /** Whether its caller has given it up. */
  over: boolean;
}

/** How the service is just now; shares from 0 to 1. */
export interface MailWeather {
  readonly throttled: number;
  /** Half of these mails are taken; the caller hears nothing of it. */
  readonly lying: number;
  readonly down: boolean;
  readonly slowMs: number;
}

export const GOOD_MAIL: MailWeather = { throttled: 0, lying: 0, down: false, slowMs: 300 };

/** How long a caller waits, ms. */
const CALL_TIMEOUT_MS = 5_000;

/** An address that the service refuses for good. */
export const REFUSED_ADDRESS = "refused@example.com";

/** The mail service outside: refuses one address, throttles, goes away, lies, forgets nothing. */
export class MailService {
  readonly sent: SentMail[] = [];
  /** How many calls of a delivery ended so that their caller does not know how, by who made the last. */
  readonly unknown = new Map<string, { readonly by: Host; readonly times: number }>();
  weather = GOOD_MAIL;
  /** Called when a process calls, before anything of the message is taken. */
  onCall: (host: Host, message: OutgoingMessage) => void = () => {};
  onTaken: (mail: SentMail) => void = () => {};
  readonly #random: Random;
  readonly #counters: Counters;
  readonly #now: () => number;

  constructor(options: { random: Random; counters: Counters; now: () => number }) {
    this.#random = options.random;
    this.#counters = options.counters;
    this.#now = options.now;
  }

  /** The service as one process reaches it. */
  channelOf(host: Host): Channel {
    return {
      channel: "mail",
      transport: "simulated",
      callTimeoutMs: CALL_TIMEOUT_MS,
      send: (message, signal) => this.#send(host, message, signal),
      close: () => Promise.resolve(),
    };
  }

  async #send(host: Host, message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    this.onCall(host, message);
    const calledAt = this.#now();
    const { weather } = this;
    await host.clock.sleep(Math.floor(this.#random() * weather.slowMs), signal);
    if (signal.aborted) throw notTaken("aborted", "given up before anything was sent");
    if (weather.down) {
      this.#counters.count("mail service away");
      throw notTaken("unreachable", "no connection");
    }
    if (this.#random() < weather.throttled) {
      this.#counters.count("mails throttled");
      throw notTaken("throttled", "slow down", 500);
    }
    if (message.to === REFUSED_ADDRESS) {
      throw new ChannelError("refused", "no such mailbox", { end: "refused", concerns: "recipient" });
    }
    return await this.#handOver(host, { message, calledAt, over: false }, signal);
  }

  async #handOver(host: Host, call: Call, signal: AbortSignal): Promise<Receipt> {
    const { message } = call;
    const lies = this.#random() < this.weather.lying;
    const takes = !lies || this.#random() < 0.5;
    let mail: SentMail | undefined;
    const gaveUp = new Promise<never>((_, reject) => {
      const stop = () => reject(unknownEnd("given up"));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    gaveUp.catch(() => {});
    const taken = host.reach(`mail to ${message.to}`, () => {
      if (takes) mail = this.#take(host, call);
      if (lies) throw unknownEnd("the connection broke after the message");
    });
    try {
      await Promise.race([taken, gaveUp]);
    } catch (thrown) {
      call.over = true;
      this.#counters.count("mails of unknown outcome");
      const before = this.unknown.get(message.deliveryId);
      const times = before?.by === host ? before.times + 1 : 1;
      this.unknown.set(message.deliveryId, { by: host, times });
      throw thrown instanceof ChannelError ? thrown : unknownEnd("the connection broke");
    }
    if (mail !== undefined) mail.told = true;
    return { providerId: String(this.sent.length) };
  }

  #take(by: Host, { message, calledAt, over }: Call): SentMail {
    const alertIds = message.alerts.map(({ id }) => id);
    const { deliveryId, to, tenant = "" } = message;
    const at = this.#now();
    const late = over || at - calledAt >= CALL_TIMEOUT_MS;
    const mail = { deliveryId, to, tenant, alertIds, by, calledAt, at, told: false, late };
    this.sent.push(mail);
    this.#counters.count("mails");
    this.onTaken(mail);
    return mail;
  }
}

function notTaken(code: string, reason: string, retryAfterMs?: number): ChannelError {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ChannelError(code, reason, { end: "not_taken", concerns: "provider", ...wait });
}

function unknownEnd(reason: string): ChannelError {
  return new ChannelError("no_answer", reason, { end: "unknown", concerns: "provider" });
}
