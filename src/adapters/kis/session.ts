import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";
import type { AppKey, ApprovalKeys } from "./approval.ts";
import { Connection, type ConnectionEnd, type ConnectionEvents } from "./connection.ts";
import type { KisTimings } from "./environment.ts";
import { type FeedUnit, unitKey } from "./messages.ts";
import type { PlannedSession } from "./plan.ts";
import { afterEnd, type Ended, type NextStep, NO_ATTEMPTS } from "./session_policy.ts";
import type { OpenSocket } from "./socket.ts";

const logging = logger("kis");

/** What a session reports to its owner. */
export interface SessionEvents extends ConnectionEvents {
  /** The connection was lost with these units registered. */
  lost(units: readonly FeedUnit[], reason: string): void;
}

export interface SessionOptions {
  /** From 1: how it is called in logs and status, in place of its key. */
  readonly number: number;
  readonly app: AppKey;
  readonly approvals: ApprovalKeys;
  readonly openSocket: OpenSocket;
  readonly socketUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: KisTimings;
  readonly customerType: string;
  readonly registrations: number;
  readonly events: SessionEvents;
  /** Whether the market is open for a feed now, and when that changes, epoch ms. */
  readonly feedTime: (now: number) => { readonly open: boolean; readonly until: number };
  /** Whether it is the regular session: a symbol that is traded often must be heard of. */
  readonly regular: (now: number) => boolean;
  /** Whether a TR is of trades. */
  readonly isTrade: (trId: string) => boolean;
}

export type SessionState =
  /** Nothing is to be taken. */
  | "idle"
  /** The market is closed. */
  | "waiting"
  | "connecting"
  | "open"
  /** Its key is wrong or in use, and not tried for a while. */
  | "resting";

/** One app key's session: connected while the market is open and it has something to have, again after each loss. */
export class KisSession {
  readonly number: number;
  state: SessionState = "idle";
  /** Why it rests, or what went wrong last; "" when nothing did. */
  trouble = "";
  readonly #options: SessionOptions;
  #connection: Connection | undefined;
  #target: readonly FeedUnit[] = [];
  /** Since when it is not open, by the monotonic clock. */
  #lostAt: number;
  #targeted = Promise.withResolvers<void>();
  /** It rests: others take its symbols until it tries again. */
  #givesWay = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.number = options.number;
    this.#lostAt = options.clock.monotonic();
  }

  /** As the plan sees it at a time of the monotonic clock. */
  planned(now: number): PlannedSession {
    if (this.#givesWay) return { capacity: 0, taken: new Map() };
    const connection = this.#connection;
    if (connection !== undefined) return { capacity: connection.limit, taken: connection.taken };
    const waitsForIt = this.state !== "connecting" || now - this.#lostAt < this.#options.timings.takeoverMs;
    if (!waitsForIt) return { capacity: 0, taken: new Map() };
    const taken = new Map(this.#target.map((unit) => [unitKey(unit), { unit, since: this.#lostAt }]));
    return { capacity: this.#options.registrations, taken };
  }

  get registered(): readonly FeedUnit[] {
    return this.#connection?.registered ?? [];
  }

  /** What it is to have from now on, most important first. */
  setTarget(units: readonly FeedUnit[]): void {
    this.#target = units;
    this.#connection?.setTarget(units);
    if (units.length > 0) this.#targeted.resolve();
  }

  /** Keeps a connection until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timings, random, approvals, app } = this.#options;
    let attempts = NO_ATTEMPTS;
    while (!signal.aborted) {
      if (!await this.#ready(signal)) break;
      if (this.state !== "connecting") this.#lostAt = clock.monotonic();
      // One that rested says so until it is let in.
      if (this.state !== "resting") this.state = "connecting";
      const ended = await this.#connect(signal);
      if (signal.aborted || this.#left(ended.end)) continue;
      const step = afterEnd(attempts, ended, { timings, random });
      attempts = step.attempts;
      if (step.renews) approvals.forget(app);
      this.#noteLoss(ended.end.reason, step);
      await clock.sleep(step.waitMs, signal);
      this.#givesWay = false;
    }
    this.state = "idle";
  }

  #noteLoss(reason: string, { waitMs, rests, alarm }: NextStep): void {
    this.trouble = reason;
    this.#givesWay = rests;
    if (rests) this.state = "resting";
    const details = { number: this.number, reason, wait: Math.round(waitMs / 1000) };
    if (!alarm) logging.warn("Session {number} lost ({reason}); again in {wait} s", details);
    else if (rests) {
      const what =
        "Mend its app key, or end what else uses it; it is tried again every {wait} s in market hours";
      logging.fatal(`ALARM: session {number} rests: {reason}. ${what}`, details);
    } else {
      const what =
        "Where that was a connection of ours that broke off, the key is free soon; again in {wait} s";
      logging.fatal(`ALARM: session {number} is not let in: {reason}. ${what}`, details);
    }
    this.#options.events.changed();
  }

  /** Waits for something to have and for the market to open; false: the signal was aborted. */
  async #ready(signal: AbortSignal): Promise<boolean> {
    const { clock, feedTime } = this.#options;
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      const { open, until } = feedTime(clock.now());
      if (!open) {
        this.state = "waiting";
        this.#options.events.changed();
        // A long wait is cut short: machines sleep, and calendars are mended.
        await clock.sleep(Math.min(until - clock.now(), 60_000), signal);
      } else if (this.#target.length === 0) {
        if (this.state !== "resting") this.state = "idle";
        this.#targeted = Promise.withResolvers<void>();
        await Promise.race([this.#targeted.promise, aborted]);
      } else return true;
    }
    return false;
  }

  async #connect(signal: AbortSignal): Promise<Ended> {
    const began = this.#options.clock.monotonic();
    const lastedMs = () => this.#options.clock.monotonic() - began;
    const { approvals, app, clock, timings, openSocket, socketUrl } = this.#options;
    let connection: Connection;
    try {
      const approvalKey = await approvals.get(app, signal);
      connection = new Connection({ ...this.#options, approvalKey, limit: this.#options.registrations });
      connection.setTarget(this.#target);
      const wait = { clock, timeoutMs: timings.connectTimeoutMs, signal };
      connection.start(await openSocket(socketUrl, connection, wait));
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      const end = { code: error.retryable ? "closed" : "stop", reason: messageOf(error) } as const;
      return { end, accepted: false, lastedMs: lastedMs() };
    }
    const end = await this.#serve(connection, signal);
    return { end, accepted: connection.registered.length > 0, lastedMs: lastedMs() };
  }

  async #serve(connection: Connection, signal: AbortSignal): Promise<ConnectionEnd> {
    const { clock, timings, events, feedTime, regular, isTrade } = this.#options;
    this.#connection = connection;
    this.state = "open";
    this.trouble = "";
    events.changed();
    const leave = () => connection.end("left", "stopped");
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    const over = new AbortController();
    const watching = (async () => {
      while (!over.signal.aborted) {
        await clock.sleep(timings.watchMs, over.signal);
        const now = clock.now();
        if (!feedTime(now).open) connection.end("left", "the market is closed");
        const symbol = regular(now) ? connection.renewStale(clock.monotonic(), isTrade) : undefined;
        if (symbol === undefined) continue;
        logging.warn("Session {number}: {symbol} has gone quiet, registered anew", {
          number: this.number,
          symbol,
        });
        events.lost([{ trId: "", symbol }], "no trades came though the symbol is traded often");
      }
    })();
    const end = await connection.done;
    over.abort();
    signal.removeEventListener("abort", leave);
    await watching;
    this.#connection = undefined;
    this.#lostAt = clock.monotonic();
    this.state = "connecting";
    if (end.code !== "left") events.lost(connection.registered, end.reason);
    events.changed();
    return end;
  }

  #left(end: ConnectionEnd): boolean {
    if (end.code !== "left") return false;
    this.state = "idle";
    return true;
  }
}
