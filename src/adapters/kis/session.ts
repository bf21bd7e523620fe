import { backoffMs, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";
import type { AppKey, ApprovalKeys } from "./approval.ts";
import { Connection, type ConnectionEnd, type ConnectionEvents } from "./connection.ts";
import type { KisTimings } from "./environment.ts";
import { type Unit, unitKey } from "./messages.ts";
import type { PlannedSession } from "./plan.ts";
import type { OpenSocket } from "./socket.ts";

const logging = logger("kis");

/** What a session tells its owner. */
export interface SessionEvents extends ConnectionEvents {
  /** The connection was lost with these units registered. */
  lost(units: readonly Unit[], reason: string): void;
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
  /** Whether a TR tells of trades. */
  readonly isTrade: (trId: string) => boolean;
}

export type SessionState = "idle" | "waiting" | "connecting" | "open" | "stopped";

/** One app key's session: connected while the market is open and it has something to hold, again after each loss. */
export class KisSession {
  readonly number: number;
  state: SessionState = "idle";
  /** Why it stopped, or what went wrong last; "" when nothing did. */
  trouble = "";
  readonly #options: SessionOptions;
  #connection: Connection | undefined;
  #target: readonly Unit[] = [];
  /** Since when it is not open, epoch ms. */
  #lostAt: number;
  #targeted = Promise.withResolvers<void>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.number = options.number;
    this.#lostAt = options.clock.now();
  }

  /** As the plan sees it at a time. */
  planned(now: number): PlannedSession {
    if (this.state === "stopped") return { capacity: 0, held: new Map() };
    const connection = this.#connection;
    if (connection !== undefined) return { capacity: connection.limit, held: connection.held };
    const waitsForIt = this.state !== "connecting" || now - this.#lostAt < this.#options.timings.takeoverMs;
    if (!waitsForIt) return { capacity: 0, held: new Map() };
    const held = new Map(this.#target.map((unit) => [unitKey(unit), { unit, since: this.#lostAt }]));
    return { capacity: this.#options.registrations, held };
  }

  get registered(): readonly Unit[] {
    return this.#connection?.registered ?? [];
  }

  /** What it is to hold from now on, most important first. */
  setTarget(units: readonly Unit[]): void {
    this.#target = units;
    this.#connection?.setTarget(units);
    if (units.length > 0) this.#targeted.resolve();
  }

  /** Keeps a connection until the signal is aborted or the key is stopped. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timings, random } = this.#options;
    let failures = 0;
    let renewed = false;
    while (!signal.aborted) {
      if (!await this.#ready(signal)) return;
      if (this.state !== "connecting") this.#lostAt = clock.now();
      this.state = "connecting";
      const began = clock.now();
      const { end, accepted } = await this.#connect(signal);
      // An approval key that was accepted once and is refused later may be asked for anew again.
      if (accepted) renewed = false;
      const lasted = clock.now() - began;
      if (signal.aborted || this.#left(end)) continue;
      if (end.code === "stop" || (end.code === "renew_approval" && renewed)) return this.#stop(end.reason);
      if (end.code === "renew_approval") {
        renewed = true;
        this.#options.approvals.forget(this.#options.app);
      }
      failures = lasted >= timings.healthyMs ? 0 : failures + 1;
      this.trouble = end.reason;
      const rest = end.code === "silent" ? timings.restMs : 0;
      const wait = Math.max(rest, backoffMs(Math.max(0, failures - 1), timings.backoff, random));
      logging.warn("Session {number} lost ({reason}); again in {wait} ms", {
        number: this.number,
        reason: end.reason,
        wait,
      });
      await clock.sleep(wait, signal);
    }
    this.state = "idle";
  }

  /** Waits for something to hold and for the market to open; false: the signal was aborted. */
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
        this.state = "idle";
        this.#targeted = Promise.withResolvers<void>();
        await Promise.race([this.#targeted.promise, aborted]);
      } else return true;
    }
    return false;
  }

  /** Answers why it ended, and whether the server had accepted a registration. */
  async #connect(signal: AbortSignal): Promise<{ readonly end: ConnectionEnd; readonly accepted: boolean }> {
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
      return { end, accepted: false };
    }
    const end = await this.#serve(connection, signal);
    return { end, accepted: connection.registered.length > 0 };
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
        const symbol = regular(now) ? connection.renewStale(now, isTrade) : undefined;
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
    this.#lostAt = clock.now();
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

  #stop(reason: string): void {
    this.state = "stopped";
    this.trouble = reason;
    logging.fatal(
      "ALARM: session {number} is stopped and is not tried again: {reason}. Mend its app key, or end what else uses it, and start the producer again",
      { number: this.number, reason },
    );
    this.#options.events.changed();
  }
}
