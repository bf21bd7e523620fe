/**
 * Time is injected: nothing below the adapters reads the clock itself.
 *
 * @module
 */

/** The time, and a way to wait for it. */
export interface Clock {
  /** What people call the time: whole milliseconds since the epoch, UTC. A machine's may be put right in one step. */
  now(): number;
  /**
   * Milliseconds since some moment of this process: never goes back and knows nothing of steps of the time. Whatever
   * lasts (a lease, a pause, a deadline in memory) is measured with it; it means nothing to another process.
   */
  monotonic(): number;
  /** Somebody outside says that it is about `at`: a step of the time that agrees with them is believed, one that does not is not. */
  confirm?(at: number): void;
  /** Resolves after `ms`; resolves early, without an error, when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. Made only where things are wired (cli) and in tests against real parts. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};

interface Sleeper {
  readonly due: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until it is advanced, for tests and simulation: sleepers wake in the order of their times, and
 * everything a woken sleeper started gets to run before the next one wakes.
 *
 * @example
 * ```ts
 * import { VirtualClock } from "./clock.ts";
 * import { assert } from "./errors.ts";
 * const clock = new VirtualClock(0);
 * const woken = clock.sleep(50).then(() => clock.now());
 * await clock.advance(100);
 * assert(await woken === 50, "it woke at its time");
 * ```
 */
export class VirtualClock implements Clock {
  /** The time less what `monotonic` says: changed by a step. */
  #offset: number;
  #passed = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];
  readonly #runReady: () => Promise<void>;

  /** @param runReady Lets everything that is ready run; by default some turns of the event loop. */
  constructor(now: number, runReady: () => Promise<void> = turns) {
    this.#offset = now;
    this.#runReady = runReady;
  }

  now(): number {
    return this.#offset + this.#passed;
  }

  monotonic(): number {
    return this.#passed;
  }

  /** Puts the time forward (or back: less than 0) in one step, as an operator or NTP does: nothing passes by it. */
  step(ms: number): void {
    this.#offset += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper: Sleeper = {
        due: this.#passed + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener("abort", cancel);
          resolve();
        },
      };
      const cancel = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** How many are waiting. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves the time on by `ms`, waking sleepers on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#passed + ms;
    for (;;) {
      await this.#runReady();
      const next = this.#next(end);
      if (next === undefined) break;
      this.#passed = Math.max(this.#passed, next.due);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
    }
    this.#passed = end;
    await this.#runReady();
  }

  #next(end: number): Sleeper | undefined {
    let best: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.due > end) continue;
      if (!best || sleeper.due < best.due || (sleeper.due === best.due && sleeper.order < best.order)) {
        best = sleeper;
      }
    }
    return best;
  }
}

/** Lets everything that is ready run: several turns of the event loop, not only microtasks. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
