import { backoffMs, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { Channel } from "../../ports/channel.ts";
import type { OpenDelivery } from "./open_delivery.ts";
import { TokenBucket } from "../../core/token_bucket.ts";

export interface LaneOptions {
  readonly name: string;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly random: Random;
  /** Calls at once. */
  readonly concurrency: number;
  /** Calls a second; Infinity is no limit. */
  readonly perSecond: number;
  /** Stops waiting for the time of the next call. */
  readonly signal: AbortSignal;
  /** Delivers one; must not reject, and must call `called` and `release` once each. */
  readonly deliver: (open: OpenDelivery, lane: Lane) => Promise<void>;
}

/** After so many failed calls in a row a lane pauses, then tries one call at a time until one succeeds. */
const FAILURES_BEFORE_PAUSE = 5;
const PAUSE = { baseMs: 1_000, capMs: 30_000 };

/**
 * The way to one other side: what is to be delivered there, in order, at a bounded rate and with a bounded number of
 * calls at once. It pauses by itself while the other side fails, so that the tries of what waits are not used up.
 */
export class Lane {
  readonly name: string;
  readonly channel: Channel;
  readonly #options: LaneOptions;
  readonly #bucket: TokenBucket;
  #concurrency: number;
  #queue: OpenDelivery[] = [];
  #head = 0;
  #inFlight = 0;
  #failures = 0;
  #pausedUntil = 0;
  #waking = false;
  #halted = false;

  constructor(options: LaneOptions) {
    this.name = options.name;
    this.channel = options.channel;
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#bucket = new TokenBucket(options.perSecond, options.clock.now());
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get paused(): boolean {
    return this.#pausedUntil > this.#options.clock.now();
  }

  /** What the other side allows; never more than was configured. */
  limit(limits: { readonly perSecond: number; readonly concurrent: number }): void {
    this.#bucket.setRate(Math.min(this.#options.perSecond, limits.perSecond), this.#options.clock.now());
    this.#concurrency = Math.max(1, Math.min(this.#options.concurrency, limits.concurrent));
    this.#pump();
  }

  /** Takes a place for a call that may begin at once; false when it must queue. */
  tryReserve(): boolean {
    if (this.queued > 0 || !this.#mayCall()) return false;
    this.#inFlight++;
    return true;
  }

  /** Begins a call whose place was reserved. */
  start(open: OpenDelivery): void {
    void this.#options.deliver(open, this);
  }

  push(open: OpenDelivery): void {
    this.#queue.push(open);
    this.#pump();
  }

  /** The next ones in the queue, for reading them in one go. */
  upcoming(count: number): readonly OpenDelivery[] {
    return this.#queue.slice(this.#head, this.#head + count);
  }

  /** How the call went. */
  called(outcome: "taken" | "refused" | "unavailable", retryAfterMs?: number): void {
    if (outcome !== "unavailable") {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    if (this.#failures < FAILURES_BEFORE_PAUSE && retryAfterMs === undefined) return;
    const waits = Math.max(0, this.#failures - FAILURES_BEFORE_PAUSE);
    const pause = Math.max(
      retryAfterMs ?? 0,
      backoffMs(waits, { ...PAUSE, floorMs: 500 }, this.#options.random),
    );
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.now() + pause);
  }

  /** The role stops: no more calls begin. */
  halt(): void {
    this.#halted = true;
  }

  /** The place of a call is free again. */
  release(): void {
    this.#inFlight--;
    this.#pump();
  }

  #mayCall(): boolean {
    if (this.#halted) return false;
    const now = this.#options.clock.now();
    const places = this.#failures >= FAILURES_BEFORE_PAUSE ? 1 : this.#concurrency;
    return this.#inFlight < places && now >= this.#pausedUntil && this.#bucket.take(now);
  }

  #pump(): void {
    for (;;) {
      const open = this.#queue[this.#head];
      if (open === undefined) return;
      if (!open.forgotten && !this.#mayCall()) return this.#wakeLater();
      this.#shift();
      if (open.forgotten) continue;
      this.#inFlight++;
      this.start(open);
    }
  }

  #shift(): void {
    this.#head++;
    if (this.#head === this.#queue.length || this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Comes back when the pause is over or there is a token; a full lane is woken by `release`. */
  #wakeLater(): void {
    const { clock, signal } = this.#options;
    const now = clock.now();
    const wait = Math.max(this.#pausedUntil - now, this.#bucket.waitMs(now));
    if (wait <= 0 || this.#halted || this.#waking || signal.aborted) return;
    this.#waking = true;
    void clock.sleep(wait, signal).then(() => {
      this.#waking = false;
      if (!signal.aborted) this.#pump();
    });
  }
}
