import { assert } from "./errors.ts";

/** So many a second, with bursts of at most one second's worth. */
export class TokenBucket {
  #perSecond: number;
  #tokens: number;
  #at: number;

  /** @param perSecond more than 0; `Infinity` is no limit. */
  constructor(perSecond: number, now: number) {
    assert(perSecond > 0, `a rate must be more than 0 a second, got ${perSecond}`);
    this.#perSecond = perSecond;
    this.#tokens = Math.max(1, perSecond);
    this.#at = now;
  }

  /** Changes the rate; what has been saved up is kept, up to the new second's worth. */
  setRate(perSecond: number, now: number): void {
    assert(perSecond > 0, `a rate must be more than 0 a second, got ${perSecond}`);
    this.#fill(now);
    if (this.#perSecond === Infinity) this.#tokens = perSecond;
    this.#at = now;
    this.#perSecond = perSecond;
    this.#tokens = Math.min(this.#tokens, Math.max(1, perSecond));
  }

  /** Takes a token if there is one. */
  take(now: number): boolean {
    if (this.#perSecond === Infinity) return true;
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** How long until there is a token, in ms; 0 when there is one. */
  waitMs(now: number): number {
    if (this.#perSecond === Infinity) return 0;
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perSecond * 1000);
  }

  /** Whether nothing has been taken that has not come back. */
  isFull(now: number): boolean {
    if (this.#perSecond === Infinity) return true;
    this.#fill(now);
    return this.#tokens >= Math.max(1, this.#perSecond);
  }

  #fill(now: number): void {
    if (this.#perSecond === Infinity) return;
    const gained = Math.max(0, now - this.#at) / 1000 * this.#perSecond;
    this.#tokens = Math.min(Math.max(1, this.#perSecond), this.#tokens + gained);
    this.#at = now;
  }
}
