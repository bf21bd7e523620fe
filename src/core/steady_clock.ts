import type { Clock } from "./clock.ts";

/** What the time may differ from what it should be by now without being a step: clocks are slewed and read a little late, ms. */
const SLACK_MS = 2_000;
/** For how long a step must stand before it is believed, ms. */
export const BELIEVED_MS = 600_000;

/** What comes from outside is a little late; further away it says nothing, ms. */
const HEARSAY_MS = 60_000;

/** A step of the machine's time that is not believed yet. */
export interface ClockStep {
  /** By how much the machine's time is ahead of the one that is believed, ms; less than 0: behind. */
  readonly aheadMs: number;
  /** For how long it has been so, ms. */
  readonly forMs: number;
}

/**
 * A clock whose time does not jump: when the machine's is put forward or back in one step, this one goes on as before for ten
 * minutes, and follows only a step that stands. So a time that was wrong for a while ends no session, deletes nothing and
 * makes no trade one of the future.
 *
 * A machine that slept is put forward as well, and rightly: whoever hears of the time from outside, as the producer does by
 * live trades, says so by `confirm`; then the step is believed at once, or not at all.
 *
 * What the time is when the process starts is believed; nothing else is known then.
 */
export class SteadyClock implements Clock {
  readonly #machine: Clock;
  /** The time less what `monotonic` says, as it is believed. */
  #offset: number;
  #step: { readonly offset: number; readonly since: number } | undefined;

  constructor(machine: Clock) {
    this.#machine = machine;
    this.#offset = machine.now() - machine.monotonic();
  }

  now(): number {
    const passed = this.#machine.monotonic();
    // Times are whole ms everywhere; what has passed is not.
    return Math.round(passed + this.#follow(this.#machine.now() - passed, passed));
  }

  monotonic(): number {
    return this.#machine.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal);
  }

  confirm(at: number): void {
    if (this.step === undefined) return;
    const passed = this.#machine.monotonic();
    const time = this.#machine.now();
    const [wrong, wrongBefore] = [Math.abs(time - at), Math.abs(passed + this.#offset - at)];
    if (Math.min(wrong, wrongBefore) > HEARSAY_MS) return;
    if (wrong < wrongBefore) this.#believe(time - passed);
    else this.#step = { offset: time - passed, since: passed };
  }

  /** The step that is not believed yet; undefined when there is none. */
  get step(): ClockStep | undefined {
    this.now();
    if (this.#step === undefined) return undefined;
    const { offset, since } = this.#step;
    return { aheadMs: offset - this.#offset, forMs: this.#machine.monotonic() - since };
  }

  /** @returns the offset that is believed. */
  #follow(offset: number, passed: number): number {
    if (Math.abs(offset - this.#offset) <= SLACK_MS) this.#believe(offset);
    else if (this.#step === undefined || Math.abs(offset - this.#step.offset) > SLACK_MS) {
      this.#step = { offset, since: passed };
    } else if (passed - this.#step.since >= BELIEVED_MS) this.#believe(offset);
    return this.#offset;
  }

  #believe(offset: number): void {
    this.#offset = offset;
    this.#step = undefined;
  }
}
