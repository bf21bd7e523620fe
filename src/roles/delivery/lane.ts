import { backoffMs, type Random } from "../../core/backoff.ts";
import { DueQueue } from "../../core/due_queue.ts";
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

/** One that is called, or waits, or fails: the lane as a whole, and each scope in it. */
class ScopeTrouble {
  inFlight = 0;
  /** Of these, calls that began while it failed. */
  failing = 0;
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

  /** When a call may begin: now, a time, or undefined: once one has ended. */
  freeAt(now: number): number | undefined {
    if (this.inFlight >= this.places) return undefined;
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

interface ScopeDue {
  readonly due: number;
  readonly scope: string;
}

/**
 * The way to one provider: what is to be delivered there, at a bounded rate and with a bounded number of calls at once.
 * What a call says of the recipient (their chat, webhook, mail domain) backs off them alone; what it says of the provider
 * backs off the lane, so that the tries of what waits are not used up. Who takes an item calls, and says with
 * {@link Lane.end} how it went.
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

  /** Takes a place for a call that may begin at once; false when it must queue. */
  tryReserve(item: Turn, now: number): boolean {
    if (this.#queue.includes(item) || this.#whole.freeAt(now) !== now || !this.#mayCall(item.scope, now)) {
      return false;
    }
    this.#begin(item, now);
    return true;
  }

  /** The next one to be called now; its place is taken until {@link end} or {@link release}. */
  take(now: number): T | undefined {
    for (let due = this.#due.takeDue(now); due; due = this.#due.takeDue(now)) this.#queue.letIn(due.scope);
    if (this.#whole.freeAt(now) !== now) return undefined;
    const item = this.#queue.take((scope) => this.#mayCall(scope, now));
    if (item !== undefined) this.#begin(item, now);
    return item;
  }

  /** When to {@link take} again, if no call ends before; undefined when only that helps, or nothing waits. */
  dueAt(now: number): number | undefined {
    if (this.queued === 0) return undefined;
    const free = this.#whole.freeAt(now);
    if (free === undefined) return undefined;
    return free > now ? free : this.#due.nextDue;
  }

  /** How a call ended; its place is free again. */
  end({ scope: name }: Turn, outcome: Outcome, now: number): void {
    const scope = this.#scope(name, now);
    const error = "error" in outcome && outcome.error.end !== "refused" ? outcome.error : undefined;
    const { random } = this.#options;
    if (error?.concerns === "provider") {
      this.#whole.failed(now, { retryAfterMs: error.retryAfterMs, pause: PAUSE, random });
    } else {
      this.#whole.failures = 0;
      if (error === undefined) scope.failures = 0;
      else scope.failed(now, { retryAfterMs: error.retryAfterMs, pause: SCOPE_PAUSE, random });
    }
    this.#leave(name, scope);
  }

  /** A place that was taken is given back without a call. */
  release({ scope: name }: Turn, now: number): void {
    const scope = this.#scope(name, now);
    this.#leave(name, scope);
  }

  /** Takes out everything that waits. */
  drain(): Generator<T> {
    return this.#queue.drain();
  }

  #begin({ scope: name }: Turn, now: number): void {
    const scope = this.#scope(name, now);
    for (const one of [this.#whole, scope]) {
      one.inFlight++;
      one.bucket.take(now);
    }
    if (scope.failures === 0) return;
    scope.failing++;
    this.#failing++;
  }

  #leave(name: string, scope: ScopeTrouble): void {
    this.#whole.inFlight--;
    scope.inFlight--;
    if (scope.failing > 0) {
      scope.failing--;
      this.#failing--;
      for (const waiting of this.#behindFailing) this.#queue.letIn(waiting);
      this.#behindFailing.clear();
    }
    this.#queue.letIn(name);
  }

  /** Whether a scope may be called now; if not, it is let in again when that may have changed. */
  #mayCall(name: string, now: number): boolean {
    const scope = this.#scope(name, now);
    if (scope.failures > 0 && this.#failing >= Math.max(1, this.#whole.places * FAILING_SHARE)) {
      this.#behindFailing.add(name);
      return false;
    }
    const free = scope.freeAt(now);
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
