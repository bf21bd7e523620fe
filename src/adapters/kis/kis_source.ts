import type { Random } from "../../core/backoff.ts";
import { BoundedQueue } from "../../core/bounded_queue.ts";
import type { Clock } from "../../core/clock.ts";
import type { MarketCalendar, Venue } from "../../market/calendar.ts";
import { FRAME_KINDS } from "../../market/kis/fields.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../../ports/tick_source.ts";
import { type AppKey, ApprovalKeys } from "./approval.ts";
import { KIS_TIMINGS, type KisEnvironment, type KisTimings } from "./environment.ts";
import { type Unit, unitKey } from "./messages.ts";
import { plan } from "./plan.ts";
import { KisSession, type SessionEvents } from "./session.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";

/** Events that wait to be read, at most; beyond, the oldest are dropped and a gap is told. */
const MAX_WAITING = 50_000;
/** Events in one batch, at most. */
const MAX_BATCH = 512;

/** What the {@link KisSource} is made from. */
export interface KisOptions {
  readonly environment: KisEnvironment;
  /** One session each. */
  readonly apps: readonly AppKey[];
  readonly venue: "KRX" | "NXT" | "UN";
  /** Without order books, halts and volatility interruptions. */
  readonly tradesOnly: boolean;
  /** Registrations a session may hold. */
  readonly registrations: number;
  readonly customerType: string;
  /** Connected outside the market's sessions too. */
  readonly always: boolean;
  readonly calendar: MarketCalendar;
  readonly clock: Clock;
  readonly random: Random;
  readonly timings?: Partial<KisTimings>;
  readonly openSocket?: OpenSocket;
  readonly fetch?: typeof fetch;
}

const TRADE_TR = { KRX: "H0STCNT0", NXT: "H0NXCNT0", UN: "H0UNCNT0" } as const;
const QUOTE_TR = { KRX: "H0STASP0", NXT: "H0NXASP0", UN: "H0UNASP0" } as const;
const STATUS_TR = "H0STMKO0";
const NO_ROOM = "no registration is free: give another app key";
const VENUES: Readonly<Record<KisOptions["venue"], readonly Venue[]>> = {
  KRX: ["KRX"],
  NXT: ["NXT"],
  UN: ["KRX", "NXT"],
};

/**
 * The real market feed: Korea Investment & Securities' WebSocket, one session for each app key.
 *
 * What is wanted is spread over the sessions: trades first, then order books, then halts, as far as registrations go; a
 * lost session's symbols are taken over by the others. Delivery: each frame once, in the order of its session. When it is
 * not read from fast enough the oldest frames are dropped, and a gap is told.
 */
export class KisSource implements TickSource, SessionEvents {
  readonly name = "kis";
  readonly #options: KisOptions;
  readonly #timings: KisTimings;
  readonly #sessions: readonly KisSession[];
  readonly #queue = new BoundedQueue<SourceEvent>(MAX_WAITING);
  #wanted: readonly Symbol[] = [];
  readonly #lingering = new Map<string, number>();
  /** Units the server refused, with its reason. */
  readonly #refused = new Map<string, string>();
  #unplaced: readonly Unit[] = [];
  #dropped = 0;
  #ended = false;

  constructor(options: KisOptions) {
    this.#options = options;
    this.#timings = { ...KIS_TIMINGS, ...options.timings };
    const approvals = new ApprovalKeys({
      restUrl: options.environment.restUrl,
      clock: options.clock,
      paceMs: this.#timings.approvalPaceMs,
      timeoutMs: this.#timings.connectTimeoutMs,
      fetch: options.fetch ?? fetch,
    });
    this.#sessions = options.apps.map((app, index) =>
      new KisSession({
        ...options,
        number: index + 1,
        app,
        approvals,
        openSocket: options.openSocket ?? openWebSocket,
        socketUrl: options.environment.socketUrl,
        timings: this.#timings,
        events: this,
        feedTime: (now) => this.#feedTime(now),
        regular: (now) => this.#isRegular(now),
        isTrade: (trId) => FRAME_KINDS[trId]?.holds === "trade",
      })
    );
  }

  async *events(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    const failures: unknown[] = [];
    const noteFailure = (error: unknown) => {
      failures.push(error);
      stop.abort();
    };
    until.addEventListener("abort", () => this.#queue.close(), { once: true });
    const running = [...this.#sessions.map((session) => session.run(until)), this.#keepPlanning(until)]
      .map((work) => work.catch(noteFailure));
    try {
      for (let event = await this.#queue.shift(); event !== undefined; event = await this.#queue.shift()) {
        const batch = [event];
        for (let next = this.#next(batch); next !== undefined; next = this.#next(batch)) batch.push(next);
        if (this.#dropped > 0) batch.unshift(this.#droppedGap());
        yield batch;
      }
    } finally {
      stop.abort();
      await Promise.all(running);
      this.#ended = true;
    }
    if (failures.length > 0) throw failures[0];
  }

  want(symbols: readonly Symbol[]): void {
    const now = this.#options.clock.now();
    const wanted = new Set(symbols);
    for (const symbol of this.#wanted) {
      if (wanted.has(symbol)) continue;
      for (const unit of this.#units([symbol])) {
        this.#lingering.set(unitKey(unit), now + this.#timings.lingerMs);
        this.#refused.delete(unitKey(unit));
      }
    }
    this.#wanted = [...wanted];
    for (const unit of this.#units(this.#wanted)) this.#lingering.delete(unitKey(unit));
    this.#replan();
  }

  status(): SourceStatus {
    const trId = TRADE_TR[this.#options.venue];
    const registered = this.#sessions.flatMap((session) => session.registered);
    const subscribed = registered.filter((unit) => unit.trId === trId).map(({ symbol }) => symbol);
    const held = new Set(subscribed);
    const unplaced = new Set(this.#unplaced.map(unitKey));
    const refused = this.#wanted.flatMap((symbol) => {
      const key = unitKey({ trId, symbol });
      const reason = this.#refused.get(key) ?? (unplaced.has(key) ? NO_ROOM : undefined);
      return reason === undefined || held.has(symbol) ? [] : [{ symbol, reason }];
    });
    return { state: this.#state(), detail: this.#detail(subscribed.length), subscribed, refused };
  }

  // What the sessions tell.

  frame(bytes: Uint8Array, receivedAt: number): void {
    this.#push({ type: "frame", bytes, receivedAt });
  }

  refused(code: string, reason: string, bytes: Uint8Array): void {
    this.#push({ type: "refused", code, reason, bytes, receivedAt: this.#options.clock.now() });
  }

  unitRefused(unit: Unit, reason: string): void {
    this.#refused.set(unitKey(unit), reason);
    this.#replan();
  }

  lost(units: readonly Unit[], reason: string): void {
    const symbols = [...new Set(units.map((unit) => unit.symbol))];
    if (symbols.length > 0) this.#push({ type: "gap", reason, symbols, at: this.#options.clock.now() });
  }

  changed(): void {
    this.#replan();
  }

  #push(event: SourceEvent): void {
    if (this.#queue.tryPush(event) || this.#queue.closed) return;
    this.#queue.tryShift();
    this.#dropped++;
    this.#queue.tryPush(event);
  }

  #next(batch: readonly SourceEvent[]): SourceEvent | undefined {
    return batch.length < MAX_BATCH ? this.#queue.tryShift() : undefined;
  }

  #droppedGap(): SourceEvent {
    const reason = `${this.#dropped} frames were dropped: the log does not keep up`;
    this.#dropped = 0;
    return { type: "gap", reason, at: this.#options.clock.now() };
  }

  /** Trades of all symbols first, then order books, then halts. */
  #units(symbols: readonly Symbol[]): Unit[] {
    const { venue, tradesOnly, environment } = this.#options;
    const of = (trId: string) => symbols.map((symbol) => ({ trId, symbol }));
    const trades = of(TRADE_TR[venue]);
    if (tradesOnly) return trades;
    const statuses = environment.complete ? of(STATUS_TR) : [];
    return [...trades, ...of(QUOTE_TR[venue]), ...statuses];
  }

  #replan(): void {
    if (this.#ended) return;
    const now = this.#options.clock.now();
    const { targets, refused } = plan({
      wanted: this.#units(this.#wanted).filter((unit) => !this.#refused.has(unitKey(unit))),
      sessions: this.#sessions.map((session) => session.planned(now)),
      now,
      holdMs: this.#timings.holdMs,
      keeps: (unit) => unit.trId === TRADE_TR[this.#options.venue],
      lingering: this.#lingering,
    });
    this.#unplaced = refused;
    targets.forEach((target, index) => this.#sessions[index]?.setTarget(target));
  }

  /** What depends on time: lingering units, lost sessions, places that may be taken. */
  async #keepPlanning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(this.#timings.watchMs, signal);
      const now = this.#options.clock.now();
      for (const [key, until] of this.#lingering) if (until <= now) this.#lingering.delete(key);
      this.#replan();
    }
  }

  #feedTime(now: number): { readonly open: boolean; readonly until: number } {
    if (this.#options.always) return { open: true, until: Infinity };
    return this.#options.calendar.feedTime(VENUES[this.#options.venue], now, this.#timings.leadMs);
  }

  #isRegular(now: number): boolean {
    const { always, calendar, venue } = this.#options;
    return always || VENUES[venue].some((one) => calendar.phaseAt(one, now).phase === "continuous");
  }

  #state(): SourceStatus["state"] {
    if (this.#ended) return "ended";
    const states = this.#sessions.map((session) => session.state);
    if (states.includes("open")) return "open";
    if (states.every((state) => state === "stopped")) return "failed";
    return states.includes("connecting") ? "connecting" : "waiting";
  }

  #detail(symbols: number): string {
    const { environment, clock } = this.#options;
    const open = this.#sessions.filter((session) => session.state === "open").length;
    const parts = [
      `KIS ${environment.name}: ${open} of ${this.#sessions.length} sessions, ${symbols} symbols`,
    ];
    const { open: feeding, until } = this.#feedTime(clock.now());
    if (!feeding) parts.push(`the market is closed until ${new Date(until).toISOString()}`);
    else if (this.#wanted.length === 0) parts.push("no symbol is wanted");
    for (const session of this.#sessions) {
      if (session.trouble === "") continue;
      const what = session.state === "stopped" ? "STOPPED" : "lost";
      parts.push(`session ${session.number} ${what}: ${session.trouble}`);
    }
    return parts.join("; ");
  }
}
