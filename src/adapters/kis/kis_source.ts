import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { MarketCalendar } from "../../market/calendar.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../../ports/tick_source.ts";
import { logger } from "../../telemetry/log.ts";
import { type AppKey, ApprovalKeys } from "./approval.ts";
import { KIS_TIMINGS, type KisEnvironment, type KisTimings } from "./environment.ts";
import { FrameBuffer } from "./frame_buffer.ts";
import { Heard } from "./heard.ts";
import { type FeedUnit, unitKey } from "./messages.ts";
import { plan } from "./plan.ts";
import { KisSession, type SessionEvents } from "./session.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";
import { type FeedVenue, isTradeTr, MARKETPLACES, TRADE_TR, unitsOf } from "./units.ts";
import { type VenueChoice, Venues } from "./venues.ts";

/** What the {@link KisSource} is made from. */
export interface KisOptions {
  readonly environment: KisEnvironment;
  /** One session each. */
  readonly apps: readonly AppKey[];
  readonly venue: VenueChoice;
  /** Whether NXT trades a symbol, undefined where it is not known: what `auto` chooses by. */
  readonly isOnNxt?: (symbol: Symbol) => boolean | undefined;
  /** Without order books. */
  readonly tradesOnly: boolean;
  /** Halts and volatility interruptions of symbols too for which no rule asks, where registrations are left. */
  readonly allStatuses?: boolean;
  /** Registrations a session may have. */
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

const logging = logger("kis");
const VENUE_OF_TR = new Map(
  Object.entries(TRADE_TR).map(([venue, trId]) => [trId as string, venue as FeedVenue]),
);
const NO_ROOM = "no registration is free: give another app key";
const NO_SESSION = "sessions are lost, and no other has a registration free";
/**
 * The real market feed: Korea Investment & Securities' WebSocket, one session for each app key.
 *
 * What is wanted is spread over the sessions: trades first, then halts that rules ask for, then order books, as far as
 * registrations go; a lost session's symbols are taken over by the others. Delivery: each frame once, in the order of its session. When it is
 * not read from fast enough the oldest frames are dropped, and a gap is reported.
 */
export class KisSource implements TickSource, SessionEvents {
  readonly name = "kis";
  readonly #options: KisOptions;
  readonly #timings: KisTimings;
  readonly #sessions: readonly KisSession[];
  readonly #buffer: FrameBuffer;
  readonly #venues: Venues;
  readonly #heard = new Heard();
  #wanted: readonly Symbol[] = [];
  #statuses: ReadonlySet<Symbol> = new Set();
  readonly #lingering = new Map<string, number>();
  /** Units the server refused, with its reason. */
  readonly #refused = new Map<string, string>();
  #unplaced: readonly FeedUnit[] = [];
  #ended = false;

  constructor(options: KisOptions) {
    this.#options = options;
    this.#buffer = new FrameBuffer(options.clock);
    this.#timings = { ...KIS_TIMINGS, ...options.timings };
    this.#venues = new Venues(options.venue, options.isOnNxt);
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
        isTrade: isTradeTr,
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
    until.addEventListener("abort", () => this.#buffer.close(), { once: true });
    const running = [...this.#sessions.map((session) => session.run(until)), this.#keepPlanning(until)]
      .map((work) => work.catch(noteFailure));
    try {
      yield* this.#buffer.batches();
    } finally {
      stop.abort();
      await Promise.all(running);
      this.#ended = true;
    }
    if (failures.length > 0) throw failures[0];
  }

  want(symbols: readonly Symbol[], statuses: ReadonlySet<Symbol> = new Set()): void {
    const now = this.#options.clock.monotonic();
    const wanted = new Set(symbols);
    for (const symbol of this.#wanted) {
      if (wanted.has(symbol)) continue;
      for (const unit of this.#units([symbol])) {
        this.#lingering.set(unitKey(unit), now + this.#timings.lingerMs);
        this.#refused.delete(unitKey(unit));
      }
    }
    this.#wanted = [...wanted];
    this.#statuses = statuses;
    for (const unit of this.#units(this.#wanted)) this.#lingering.delete(unitKey(unit));
    this.#replan();
  }

  inSession(now: number): boolean {
    const { always, calendar, venue } = this.#options;
    if (this.#state() !== "open") return false;
    return always || MARKETPLACES[venue].some((one) => calendar.phaseAt(one, now).phase !== "closed");
  }

  status(): SourceStatus {
    const taken = this.#registered();
    const unplaced = new Set(this.#unplaced.map(unitKey));
    const noPlace = this.#sessions.every((session) => session.state === "open") ? NO_ROOM : NO_SESSION;
    const refused = this.#wanted.flatMap((symbol) => {
      const key = unitKey({ trId: TRADE_TR[this.#venues.of(symbol)], symbol });
      if (taken.has(symbol)) return [];
      const reason = this.#refused.get(key);
      if (reason !== undefined) return [{ symbol, reason }];
      return unplaced.has(key) ? [{ symbol, reason: noPlace, noRoom: true }] : [];
    });
    const now = this.#options.clock.now();
    const subscribed = this.#heard.subscriptions(taken, { now, patienceMs: this.#timings.neverSpokeMs });
    return { state: this.#state(), detail: this.#detail(subscribed.length), subscribed, refused };
  }

  /** The symbols whose trades are registered, and where. */
  #registered(): ReadonlyMap<Symbol, FeedVenue> {
    const registered = new Map<Symbol, FeedVenue>();
    for (const { trId, symbol } of this.#sessions.flatMap((session) => session.registered)) {
      const venue = VENUE_OF_TR.get(trId);
      if (venue !== undefined) registered.set(symbol, venue);
    }
    return registered;
  }

  // What the sessions report.

  frame(bytes: Uint8Array, receivedAt: number, symbol?: string): void {
    if (symbol !== undefined) this.#heard.saw(symbol, receivedAt);
    this.#buffer.push({ type: "frame", bytes, receivedAt });
  }

  refused(code: string, reason: string, bytes: Uint8Array): void {
    this.#buffer.push({ type: "refused", code, reason, bytes, receivedAt: this.#options.clock.now() });
  }

  unitRefused(unit: FeedUnit, reason: string): void {
    this.#refused.set(unitKey(unit), reason);
    this.#replan();
  }

  lost(units: readonly FeedUnit[], reason: string): void {
    const symbols = [...new Set(units.map((unit) => unit.symbol))];
    if (symbols.length > 0) {
      this.#buffer.push({ type: "gap", reason, symbols, at: this.#options.clock.now() });
    }
  }

  changed(): void {
    this.#heard.registered(this.#registered(), new Set(this.#wanted), this.#options.clock.now());
    this.#replan();
  }

  #units(symbols: readonly Symbol[]): FeedUnit[] {
    const { tradesOnly, allStatuses = false, environment } = this.#options;
    return unitsOf({
      symbols,
      statuses: environment.complete ? this.#statuses : new Set(),
      tradesOnly,
      allStatuses: allStatuses && environment.complete,
      venueOf: this.#venues.of,
    });
  }

  #replan(): void {
    if (this.#ended) return;
    const now = this.#options.clock.monotonic();
    const { targets, refused } = plan({
      wanted: this.#units(this.#wanted).filter((unit) => !this.#refused.has(unitKey(unit))),
      sessions: this.#sessions.map((session) => session.planned(now)),
      now,
      keepMs: this.#timings.keepMs,
      keeps: (unit) => isTradeTr(unit.trId),
      lingering: this.#lingering,
    });
    this.#unplaced = refused;
    targets.forEach((target, index) => this.#sessions[index]?.setTarget(target));
  }

  /** What depends on time: lingering units, lost sessions, places that may be taken. */
  async #keepPlanning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { clock } = this.#options;
      await clock.sleep(this.#timings.watchMs, signal);
      const now = clock.monotonic();
      for (const [key, until] of this.#lingering) if (until <= now) this.#lingering.delete(key);
      this.#lookForSilence(clock.now());
      this.#replan();
    }
  }

  /** Symbols of which the consolidated feed has never said anything change to KRX's. */
  #lookForSilence(now: number): void {
    const at = { now, regular: this.#isRegular(now), patienceMs: this.#timings.neverSpokeMs };
    for (const symbol of this.#heard.overdue(this.#registered(), at)) {
      if (!this.#venues.moveToKrx(symbol)) continue;
      logging.warn(
        "{symbol} is silent on the consolidated feed: NXT does not trade it. Subscribed as KRX's",
        {
          symbol,
        },
      );
    }
  }

  #feedTime(now: number): { readonly open: boolean; readonly until: number } {
    if (this.#options.always) return { open: true, until: Infinity };
    return this.#options.calendar.feedTime(MARKETPLACES[this.#options.venue], now, this.#timings.leadMs);
  }

  #isRegular(now: number): boolean {
    const { always, calendar, venue } = this.#options;
    return always || MARKETPLACES[venue].some((one) => calendar.phaseAt(one, now).phase === "continuous");
  }

  #state(): SourceStatus["state"] {
    if (this.#ended) return "ended";
    const states = this.#sessions.map((session) => session.state);
    if (states.includes("open")) return "open";
    if (states.every((state) => state === "resting")) return "failed";
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
      const what = session.state === "resting" ? "RESTS" : "lost";
      parts.push(`session ${session.number} ${what}: ${session.trouble}`);
    }
    return parts.join("; ");
  }
}
