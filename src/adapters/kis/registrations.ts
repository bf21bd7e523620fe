import { type FeedUnit, unitKey } from "./messages.ts";

/** A request that has not been answered yet. */
export interface Pending {
  readonly unit: FeedUnit;
  /** False: it gives the unit up. */
  readonly register: boolean;
  readonly sentAt: number;
  /** How often it was sent. */
  readonly tries: number;
}

/** A unit and since when it is taken, by the monotonic clock, as every `now` here. */
export interface Registration {
  readonly unit: FeedUnit;
  readonly since: number;
}

/** How often a unit is tried that the server has trouble with. */
const MAX_TROUBLES = 5;

/** What one connection has, what it is to have, and which request comes next. Sends nothing itself. */
export class Registrations {
  /** Fewer than configured once the server has said that it is full. */
  limit: number;
  readonly registered = new Map<string, Registration>();
  readonly #pending = new Map<string, Pending>();
  readonly #troubles = new Map<
    string,
    { readonly unit: FeedUnit; readonly count: number; readonly until: number }
  >();
  #target = new Map<string, FeedUnit>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Registered units, those whose request is not answered yet, and those that are tried again here later: the server may
   * have any of them, and none must go to another session meanwhile.
   */
  get taken(): ReadonlyMap<string, Registration> {
    const taken = new Map(this.registered);
    for (const [key, { unit, until }] of this.#troubles) taken.set(key, { unit, since: until });
    for (const [key, { unit, register, sentAt }] of this.#pending) {
      if (register && !taken.has(key)) taken.set(key, { unit, since: sentAt });
    }
    return taken;
  }

  /** What is to be registered from now on, most important first. */
  setTarget(units: readonly FeedUnit[]): void {
    this.#target = new Map(units.map((unit) => [unitKey(unit), unit]));
    for (const key of this.#troubles.keys()) if (!this.#target.has(key)) this.#troubles.delete(key);
  }

  isPending(unit: FeedUnit): boolean {
    return this.#pending.has(unitKey(unit));
  }

  /** Takes note of a request that is being sent. */
  sent(unit: FeedUnit, register: boolean, sentAt: number, tries = 1): void {
    this.#pending.set(unitKey(unit), { unit, register, sentAt, tries });
  }

  /** Requests that were sent before a time and are not answered. */
  unanswered(before: number): readonly Pending[] {
    return [...this.#pending.values()].filter(({ sentAt }) => sentAt <= before);
  }

  /**
   * The unit that an answer is about, whose request is pending no more; where the answer names none, the oldest
   * request's.
   */
  answered(unit: FeedUnit | undefined): FeedUnit | undefined {
    const key = unit === undefined ? this.#pending.keys().next().value : unitKey(unit);
    const pending = key === undefined ? undefined : this.#pending.get(key);
    if (key !== undefined) this.#pending.delete(key);
    return pending?.unit ?? unit;
  }

  register(unit: FeedUnit, now: number): void {
    const key = unitKey(unit);
    this.#troubles.delete(key);
    if (!this.registered.has(key)) this.registered.set(key, { unit, since: now });
  }

  unregister(unit: FeedUnit): void {
    this.registered.delete(unitKey(unit));
  }

  /**
   * The server had trouble with a unit: it waits, twice as long each time.
   *
   * @returns whether it is to be given up.
   */
  trouble(unit: FeedUnit, now: number, waitMs: number): boolean {
    const key = unitKey(unit);
    const count = (this.#troubles.get(key)?.count ?? 0) + 1;
    this.#troubles.set(key, { unit, count, until: now + waitMs * 2 ** count });
    if (count < MAX_TROUBLES) return false;
    this.#troubles.delete(key);
    return true;
  }

  /** The next request, if any: what is not wanted is given up first, so that the limit is never passed. */
  next(now: number): { readonly unit: FeedUnit; readonly register: boolean } | undefined {
    for (const [key, { unit }] of this.registered) {
      if (!this.#target.has(key) && !this.#pending.has(key)) return { unit, register: false };
    }
    let registering = 0;
    for (const { register } of this.#pending.values()) registering += register ? 1 : 0;
    if (this.registered.size + registering >= this.limit) return undefined;
    for (const [key, unit] of this.#target) {
      if (this.registered.has(key) || this.#pending.has(key)) continue;
      if ((this.#troubles.get(key)?.until ?? 0) <= now) return { unit, register: true };
    }
    return undefined;
  }
}
