import { backoffMs, type Random } from "../../core/backoff.ts";
import { DueQueue } from "../../core/due_queue.ts";
import { assert } from "../../core/errors.ts";
import { Fifo } from "../../core/fifo.ts";
import { TokenBucket } from "../../core/token_bucket.ts";
import type { CallLimits } from "../../rules/channels.ts";
import type { Channel } from "../../ports/channel.ts";
import type { Outcome } from "./call.ts";
import { FairQueue, type Turn } from "./fair_queue.ts";

export interface LaneOptions {
  readonly name: string;
  readonly channel: Channel;
  readonly random: Random;
  readonly limits: CallLimits;
  /** What one scope takes. */
  readonly each: (scope: string) => CallLimits;
  /** By the monotonic clock, as every `now` here. */
  readonly now: number;
}

/** After so many failed calls in a row there is a pause, then one call at a time until one succeeds. */
const FAILURES_BEFORE_PAUSE = 5;
const PAUSE = { baseMs: 1_000, capMs: 30_000 };
/** A scope that fails for long is called less and less: each call may hang as long as it may take. */
const SCOPE_PAUSE = { baseMs: 1_000, capMs: 120_000 };
/** Failing scopes together have at most this share of a lane's places. */
const FAILING_SHARE = 0.25;
/** Scopes that are remembered before those that are as good as new are forgotten. */
const SCOPES = 1_024;
/** A call that takes longer than this, and than so many times what calls of the lane take, is slow: it hangs, perhaps for long. */
const SLOW_MS = 500;
const SLOW_TIMES = 10;
/** What a call is thought to take before any was taken, ms. */
const FIRST_MS = 200;
/** Slow calls give their places to others: as many as the lane has, and at least so many. */
const SLOW_PLACES = 16;
/** How much the newest call counts in what calls take. */
const NEWEST = 1 / 8;

/** One that is called, or waits, or fails: the lane as a whole, and each scope in it. */
class ScopeTrouble {
  inFlight = 0;
  /** Of these, calls that are slow. */
  slow = 0;
  failures = 0;
  pausedUntil = -Infinity;
  bucket: TokenBucket;
  concurrent: number;

  constructor({ perSecond, concurrent }: CallLimits, now: number) {
    this.bucket = new TokenBucket(perSecond, now);
    this.concurrent = Math.max(1, concurrent);
  }

  get places(): number {
    return this.failures >= FAILURES_BEFORE_PAUSE ? 1 : this.concurrent;
  }

  /**
   * When a call may begin: now, a time, or undefined: once one has ended.
   *
   * @param places those that may be taken.
   */
  freeAt(now: number, places = this.places): number | undefined {
    if (this.inFlight >= places) return undefined;
    return Math.max(now, this.pausedUntil, now + this.bucket.waitMs(now));
  }

  isAsNew(now: number): boolean {
    return this.inFlight === 0 && this.failures === 0 && this.pausedUntil <= now && this.bucket.isFull(now);
  }

  failed(
    now: number,
    given: { retryAfterMs: number | undefined; pause: typeof PAUSE; random: Random },
  ): void {
    this.failures++;
    const { retryAfterMs, pause, random } = given;
    if (this.failures < FAILURES_BEFORE_PAUSE && retryAfterMs === undefined) return;
    const waits = Math.max(0, this.failures - FAILURES_BEFORE_PAUSE);
    const wait = Math.max(retryAfterMs ?? 0, backoffMs(waits, { ...pause, floorMs: 500 }, random));
    this.pausedUntil = Math.max(this.pausedUntil, now + wait);
  }
}

/** A place in a lane that is taken for a call. */
export interface Place<T extends Turn> {
  readonly lane: Lane<T>;
  readonly scope: string;
  /** By the monotonic clock. */
  readonly begun: number;
}

/** A place as its lane knows it. */
interface OwnPlace<T extends Turn> extends Place<T> {
  readonly trouble: ScopeTrouble;
  /** Its scope failed when it began. */
  readonly failing: boolean;
  slow: boolean;
  ended: boolean;
}

interface ScopeDue {
  readonly due: number;
  readonly scope: string;
}

/**
 * The way to one provider: what is to be delivered there, at a bounded rate and with a bounded number of calls at once.
 * What a call says of the recipient (their chat, webhook, mail domain) backs off them alone; what it says of the provider
 * backs off the lane, so that the tries of what waits are not used up. A call that hangs keeps its scope waiting, and gives
 * its place to others. Who takes an item calls, and says with {@link Lane.end} how it went.
 */
export class Lane<T extends Turn> {
  readonly name: string;
  readonly channel: Channel;
  readonly #options: LaneOptions;
  readonly #queue = new FairQueue<T>();
  readonly #scopes = new Map<string, ScopeTrouble>();
  readonly #due = new DueQueue<ScopeDue>();
  /** Scopes that wait for a failing one's place. */
  readonly #behindFailing = new Set<string>();
  readonly #whole: ScopeTrouble;
  /** Calls under way in the order in which they began, but for slow ones. */
  readonly #calls = new Fifo<OwnPlace<T>>();
  /** What calls that are taken take, ms. */
  #typicalMs = FIRST_MS;
  /** When the newest call that was taken began. */
  #takenBegun = -Infinity;
  #failing = 0;
  #sweepAt = SCOPES;

  constructor(options: LaneOptions) {
    this.name = options.name;
    this.channel = options.channel;
    this.#options = options;
    this.#whole = new ScopeTrouble(options.limits, options.now);
  }

  get queued(): number {
    return this.#queue.size;
  }

  get inFlight(): number {
    return this.#whole.inFlight;
  }

  /** Whether it waits because its provider fails. */
  paused(now: number): boolean {
    return this.#whole.pausedUntil > now;
  }

  /** Recipients' scopes that wait because they fail. */
  pausedScopes(now: number): number {
    let count = 0;
    for (const scope of this.#scopes.values()) if (scope.pausedUntil > now) count++;
    return count;
  }

  /** Whether nothing is queued, called or waited for. */
  idle(now: number): boolean {
    return this.queued === 0 && this.inFlight === 0 && !this.paused(now) && this.pausedScopes(now) === 0;
  }

  /** What the provider allows from now on; never more than the lane's own limits. */
  limit({ perSecond, concurrent }: CallLimits, now: number): void {
    const { limits } = this.#options;
    this.#whole.bucket.setRate(Math.min(limits.perSecond, perSecond), now);
    this.#whole.concurrent = Math.max(1, Math.min(limits.concurrent, concurrent));
  }

  push(item: T): void {
    this.#queue.push(item);
  }

  /** Takes a place for a call that may begin at once; undefined when it must queue. */
  tryReserve(item: Turn, now: number): Place<T> | undefined {
    const free = !this.#queue.includes(item) && this.#freeAt(now) === now && this.#mayCall(item.scope, now);
    return free ? this.#begin(item, now) : undefined;
  }

  /** The next one to be called now; its place is taken until {@link end} or {@link release}. */
  take(now: number): { readonly item: T; readonly place: Place<T> } | undefined {
    for (let due = this.#due.takeDue(now); due; due = this.#due.takeDue(now)) this.#queue.letIn(due.scope);
    if (this.#freeAt(now) !== now) return undefined;
    const item = this.#queue.take((scope) => this.#mayCall(scope, now));
    return item && { item, place: this.#begin(item, now) };
  }

  /** When to {@link take} again, if no call ends before; undefined when only that helps, or nothing waits. */
  dueAt(now: number): number | undefined {
    if (this.queued === 0) return undefined;
    const free = this.#freeAt(now);
    if (free === undefined) return this.#nextSlowAt();
    return free > now ? free : this.#due.nextDue;
  }

  /** How a call ended; its place is free again. */
  end(given: Place<T>, outcome: Outcome, now: number): void {
    const place = given as OwnPlace<T>;
    const error = "error" in outcome && outcome.error.end !== "refused" ? outcome.error : undefined;
    const { random } = this.#options;
    if (error?.concerns === "provider" && !this.#wasOvertaken(place, now)) {
      this.#whole.failed(now, { retryAfterMs: error.retryAfterMs, pause: PAUSE, random });
    } else {
      this.#whole.failures = 0;
      const { trouble } = place;
      if (error === undefined) trouble.failures = 0;
      else trouble.failed(now, { retryAfterMs: error.retryAfterMs, pause: SCOPE_PAUSE, random });
    }
    if ("taken" in outcome) {
      this.#typicalMs += NEWEST * (now - place.begun - this.#typicalMs);
      this.#takenBegun = Math.max(this.#takenBegun, place.begun);
    }
    this.#leave(place);
  }

  /** A place that was taken is given back without a call. */
  release(place: Place<T>): void {
    this.#leave(place as OwnPlace<T>);
  }

  /** Takes out everything that waits. */
  drain(): Generator<T> {
    return this.#queue.drain();
  }

  #begin({ scope: name }: Turn, now: number): Place<T> {
    const trouble = this.#scope(name, now);
    for (const one of [this.#whole, trouble]) {
      one.inFlight++;
      one.bucket.take(now);
    }
    const failing = trouble.failures > 0;
    if (failing) this.#failing++;
    const place = { lane: this, scope: name, begun: now, trouble, failing, slow: false, ended: false };
    this.#calls.push(place);
    return place;
  }

  #leave(place: OwnPlace<T>): void {
    assert(!place.ended, "a place is given back once");
    place.ended = true;
    for (const one of [this.#whole, place.trouble]) {
      one.inFlight--;
      if (place.slow) one.slow--;
    }
    if (place.failing) {
      this.#failing--;
      for (const waiting of this.#behindFailing) this.#queue.letIn(waiting);
      this.#behindFailing.clear();
    }
    this.#queue.letIn(place.scope);
  }

  /** When a call may begin as far as the lane as a whole goes. */
  #freeAt(now: number): number | undefined {
    this.#noteSlow(now);
    const { places, slow, concurrent } = this.#whole;
    // One that fails is tried by one call alone.
    const given = places < concurrent ? 0 : Math.min(slow, Math.max(places, SLOW_PLACES));
    return this.#whole.freeAt(now, places + given);
  }

  get #slowMs(): number {
    return Math.ceil(Math.max(SLOW_MS, SLOW_TIMES * this.#typicalMs));
  }

  /** When the next call becomes slow. */
  #nextSlowAt(): number | undefined {
    const oldest = this.#oldestCall();
    return oldest && oldest.begun + this.#slowMs;
  }

  #noteSlow(now: number): void {
    for (let call = this.#oldestCall(); call; call = this.#oldestCall()) {
      if (call.begun + this.#slowMs > now) return;
      this.#calls.shift();
      call.slow = true;
      this.#whole.slow++;
      call.trouble.slow++;
    }
  }

  /** The oldest call under way that is not slow. */
  #oldestCall(): OwnPlace<T> | undefined {
    let call = this.#calls.peek();
    while (call?.ended) {
      this.#calls.shift();
      call = this.#calls.peek();
    }
    return call;
  }

  /** Whether it hung while a call that began later was taken: the provider is well, it is the recipient's side that hangs. */
  #wasOvertaken({ begun }: OwnPlace<T>, now: number): boolean {
    return now - begun >= this.#slowMs && this.#takenBegun > begun;
  }

  /** Whether a scope may be called now; if not, it is let in again when that may have changed. */
  #mayCall(name: string, now: number): boolean {
    const scope = this.#scope(name, now);
    if (scope.failures > 0 && this.#failing >= Math.max(1, this.#whole.places * FAILING_SHARE)) {
      this.#behindFailing.add(name);
      return false;
    }
    const free = scope.slow > 0 ? undefined : scope.freeAt(now);
    if (free === now) return true;
    if (free !== undefined) this.#due.push({ due: free, scope: name });
    return false;
  }

  #scope(name: string, now: number): ScopeTrouble {
    let scope = this.#scopes.get(name);
    if (scope === undefined) {
      if (this.#scopes.size >= this.#sweepAt) this.#sweep(now);
      this.#scopes.set(name, scope = new ScopeTrouble(this.#options.each(name), now));
    }
    return scope;
  }

  /** Forgets what is as good as new. */
  #sweep(now: number): void {
    for (const [name, scope] of this.#scopes) if (scope.isAsNew(now)) this.#scopes.delete(name);
    this.#sweepAt = Math.max(SCOPES, 2 * this.#scopes.size);
  }
}
