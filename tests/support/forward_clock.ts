/**
 * The machine's clock, that can be put forward as if the time had passed; who sleeps sleeps as long as ever.
 *
 * @module
 */

import { type Clock, systemClock } from "../../src/core/clock.ts";

/** See the module. */
export class ForwardClock implements Clock {
  readonly sleep = systemClock.sleep;
  #ahead = 0;

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#ahead;
  }

  forward(ms: number): void {
    this.#ahead += ms;
  }
}
