import type { Clock } from "../../core/clock.ts";
import { splitFrame } from "../../market/kis/frame.ts";
import { logger } from "../../telemetry/log.ts";
import { Activity } from "./activity.ts";
import { type Cipher, decrypt } from "./cipher.ts";
import { dispositionOf } from "./codes.ts";
import type { KisTimings } from "./environment.ts";
import { type ControlMessage, type FeedUnit, readControl, requestMessage, unitKey } from "./messages.ts";
import { type Registration, Registrations } from "./registrations.ts";
import type { FeedSocket, SocketEvents } from "./socket.ts";

const logging = logger("kis");

/** Why a connection ended. */
export interface ConnectionEnd {
  readonly code:
    /** By the other side, or the network. */
    | "closed"
    /** By us: nothing came, or requests were not answered. */
    | "silent"
    /** By us: the approval key is not known. */
    | "renew_approval"
    /** By us: another session has the app key. */
    | "in_use"
    /** By us: the app key cannot be used. */
    | "stop"
    /** By us: the market is closed, or the program stops. */
    | "left";
  readonly reason: string;
}

/** What a connection reports while it lives. */
export interface ConnectionEvents {
  /** `symbol`: whose trades the frame has; undefined for frames of other kinds. */
  frame(bytes: Uint8Array, receivedAt: number, symbol?: string): void;
  refused(code: string, reason: string, bytes: Uint8Array): void;
  /** A unit the server will not register, for good. */
  unitRefused(unit: FeedUnit, reason: string): void;
  /** What is taken, or may be taken, has changed. */
  changed(): void;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly timings: KisTimings;
  readonly approvalKey: string;
  readonly customerType: string;
  /** Registrations it may have. */
  readonly limit: number;
  readonly events: ConnectionEvents;
}

/** How often a request is sent without an answer. */
const MAX_TRIES = 3;

const encoder = new TextEncoder();

/**
 * One connection to KIS: brings its registrations to what is wanted, one paced request after the other, answers
 * heartbeats, decrypts frames, and ends when nothing comes any more.
 */
export class Connection implements SocketEvents {
  /** Resolves when it is over. */
  readonly done: Promise<ConnectionEnd>;
  readonly #options: ConnectionOptions;
  readonly #ended = Promise.withResolvers<ConnectionEnd>();
  readonly #over = new AbortController();
  readonly #registrations: Registrations;
  readonly #ciphers = new Map<string, Cipher>();
  readonly #activity = new Activity();
  #socket: FeedSocket | undefined;
  #lastMessageAt: number;
  #wake = Promise.withResolvers<void>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#registrations = new Registrations(options.limit);
    this.done = this.#ended.promise;
    this.#lastMessageAt = options.clock.monotonic();
  }

  get limit(): number {
    return this.#registrations.limit;
  }

  get taken(): ReadonlyMap<string, Registration> {
    return this.#registrations.taken;
  }

  get registered(): readonly FeedUnit[] {
    return [...this.#registrations.registered.values()].map(({ unit }) => unit);
  }

  /** Begins to work on an open socket. */
  start(socket: FeedSocket): void {
    this.#socket = socket;
    this.#lastMessageAt = this.#options.clock.monotonic();
    this.#reconcile().catch((error) => this.#ended.reject(error));
    this.#watch().catch((error) => this.#ended.reject(error));
  }

  /** What it is to have from now on, most important first. */
  setTarget(units: readonly FeedUnit[]): void {
    this.#registrations.setTarget(units);
    this.#wake.resolve();
  }

  /** Ends it from our side. */
  end(code: ConnectionEnd["code"], reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#wake.resolve();
    this.#socket?.close();
    this.#ended.resolve({ code, reason });
  }

  closed(reason: string): void {
    this.end("closed", reason);
  }

  message(data: string | Uint8Array): void {
    if (this.#over.signal.aborted) return;
    const { clock, events } = this.#options;
    const now = this.#lastMessageAt = clock.monotonic();
    if (typeof data !== "string") return events.frame(data, clock.now());
    if (data[1] === "|") return this.#frame(data, now);
    const control = readControl(data);
    // As text: the runtime's WebSocket sends no pongs by hand, and KIS takes the echo.
    if (control.is === "heartbeat") return this.#socket?.send(data);
    if (control.is === "answer") return this.#answer(control, now);
    const reason = "a message is a data frame, an acknowledgement or a heartbeat";
    events.refused("not_a_frame", reason, encoder.encode(data));
  }

  /**
   * Registers anew a symbol whose trades have stopped coming though others' have not.
   *
   * @param now by the monotonic clock.
   * @returns which, if any.
   */
  renewStale(now: number, isTrade: (trId: string) => boolean): string | undefined {
    const stale = this.#activity.stale(now, this.#options.timings.staleMs);
    if (stale.size === 0) return undefined;
    for (const { unit } of this.#registrations.registered.values()) {
      if (!stale.has(unit.symbol) || !isTrade(unit.trId) || this.#registrations.isPending(unit)) continue;
      this.#activity.renewed(unit.symbol, now);
      // Given up first: a second registration of what the server believes to have is answered, and changes nothing.
      this.#send(unit, false);
      return unit.symbol;
    }
    return undefined;
  }

  #frame(text: string, now: number): void {
    const parts = splitFrame(text);
    let frame = text;
    if (parts?.encrypted) {
      const cipher = this.#ciphers.get(parts.trId);
      const payload = cipher && decrypt(parts.payload, cipher);
      if (payload === undefined) {
        const reason = cipher ? "cannot be decrypted with the acknowledged key" : "no key was acknowledged";
        return this.#options.events.refused(
          "undecryptable",
          `${parts.trId}: ${reason}`,
          encoder.encode(text),
        );
      }
      frame = `0|${parts.trId}|${parts.count}|${payload}`;
    }
    const symbol = parts && this.#activity.saw(frame, now);
    this.#options.events.frame(encoder.encode(frame), this.#options.clock.now(), symbol);
  }

  #answer(answer: Extract<ControlMessage, { is: "answer" }>, now: number): void {
    const registrations = this.#registrations;
    const unit = registrations.answered(answer.unit);
    const reason = `${answer.code} ${answer.text}`;
    const disposition = dispositionOf(answer.code);
    switch (disposition) {
      case "registered":
        if (unit === undefined) break;
        if (answer.cipher !== undefined) this.#ciphers.set(unit.trId, answer.cipher);
        registrations.register(unit, now);
        break;
      case "unregistered":
        if (unit !== undefined) registrations.unregister(unit);
        break;
      case "full":
        if (registrations.registered.size === 0) return this.end("closed", reason);
        registrations.limit = Math.min(registrations.limit, registrations.registered.size);
        logging.error("KIS has no more than {limit} registrations: {reason}", {
          limit: registrations.limit,
          reason,
        });
        break;
      case "renew_approval":
      case "in_use":
      case "stop":
        return this.end(disposition, reason);
      case "retry":
        if (unit === undefined) break;
        if (registrations.trouble(unit, now, this.#options.timings.troubleMs)) this.#refuse(unit, reason);
        break;
      case "refuse":
        this.#refuse(unit, reason);
    }
    this.#options.events.changed();
    this.#wake.resolve();
  }

  /** A request that is not answered ends a connection that has answered none; otherwise its unit waits. */
  #giveUpWaiting(unit: FeedUnit, now: number): void {
    const reason = `${unitKey(unit)} was not acknowledged, ${MAX_TRIES} times`;
    if (this.#registrations.registered.size === 0) return this.end("silent", reason);
    this.#registrations.answered(unit);
    if (this.#registrations.trouble(unit, now, this.#options.timings.troubleMs)) this.#refuse(unit, reason);
  }

  #refuse(unit: FeedUnit | undefined, reason: string): void {
    logging.error("KIS refuses {unit}: {reason}", { unit: unit ? unitKey(unit) : "a request", reason });
    if (unit !== undefined) this.#options.events.unitRefused(unit, reason);
  }

  /** Sends what is to be sent, one request a pace, until the end. */
  async #reconcile(): Promise<void> {
    const { clock, timings } = this.#options;
    while (!this.#over.signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      const step = this.#registrations.next(clock.monotonic());
      if (step === undefined) {
        await this.#wake.promise;
        continue;
      }
      this.#send(step.unit, step.register);
      await clock.sleep(timings.paceMs, this.#over.signal);
    }
  }

  #send(unit: FeedUnit, register: boolean, tries = 1): void {
    const { approvalKey, customerType, clock } = this.#options;
    this.#registrations.sent(unit, register, clock.monotonic(), tries);
    this.#socket?.send(requestMessage(unit, { register, approvalKey, customerType }));
  }

  /** Searches for silence and for requests without an answer. */
  async #watch(): Promise<void> {
    const { clock, timings } = this.#options;
    let silent = 0;
    while (!this.#over.signal.aborted) {
      await clock.sleep(timings.watchMs, this.#over.signal);
      const now = clock.monotonic();
      silent = now - this.#lastMessageAt >= timings.silentMs ? silent + 1 : 0;
      // Examined twice: a process that was late itself has messages waiting that it gets to read in between.
      if (silent > 1) {
        return this.end("silent", `nothing came for ${timings.silentMs} ms, not even a heartbeat`);
      }
      for (const { unit, register, tries } of this.#registrations.unanswered(now - timings.ackTimeoutMs)) {
        if (tries < MAX_TRIES) this.#send(unit, register, tries + 1);
        else this.#giveUpWaiting(unit, now);
      }
      this.#wake.resolve();
    }
  }
}
