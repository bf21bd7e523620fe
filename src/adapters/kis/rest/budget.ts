import type { Clock } from "../../../core/clock.ts";
import { PRIORITIES, type Priority } from "../../../ports/quotations.ts";
import type { Slots } from "./slots.ts";

/** After a refusal for the rate: how long nothing goes out, ms. KIS counts by the second. */
const REFUSED_MS = 1_000;
/** Each refusal makes requests so much rarer, as far as one in {@link SLOWEST_MS}. */
const SLOWER = 1.5;
const SLOWEST_MS = 2_000;
/** So many requests that were taken make them that much more frequent again. */
const PATIENCE = 50;

/** Which turn goes to whoever has waited longest. */
const FAIR_TURN = 4;

interface Waiting {
  readonly priority: Priority;
  go(granted: boolean): void;
}

/** What the {@link RestBudget} is made from. */
export interface BudgetOptions {
  readonly slots: Slots;
  readonly clock: Clock;
  /** Requests a second. */
  readonly perSecond: number;
}

/** The requests a second that an account has, given to whoever waits most urgently. */
export class RestBudget {
  readonly #options: BudgetOptions;
  readonly #waiting: Waiting[] = [];
  readonly #fastestMs: number;
  #intervalMs: number;
  #taken = 0;
  #turns = 0;
  #serving = false;

  constructor(options: BudgetOptions) {
    this.#options = options;
    // Whole ms: what is written with such a time must be.
    this.#fastestMs = Math.ceil(1_000 / options.perSecond);
    this.#intervalMs = this.#fastestMs;
  }

  /** Between two requests at present, ms. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when a request may go out; false: the signal was aborted before. */
  take(priority: Priority, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const entry: Waiting = {
        priority,
        go: (granted) => {
          signal.removeEventListener("abort", leave);
          resolve(granted);
        },
      };
      const leave = () => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        entry.go(false);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(entry);
      this.#serve();
    });
  }

  /** The other side says that the rate was passed. */
  async refused(): Promise<void> {
    this.#taken = 0;
    this.#intervalMs = Math.min(Math.max(SLOWEST_MS, this.#fastestMs), Math.ceil(this.#intervalMs * SLOWER));
    await this.#options.slots.pause(REFUSED_MS);
  }

  /** A request was taken. */
  accepted(): void {
    if (++this.#taken < PATIENCE) return;
    this.#taken = 0;
    this.#intervalMs = Math.max(this.#fastestMs, Math.floor(this.#intervalMs / SLOWER));
  }

  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    const { slots, clock } = this.#options;
    while (this.#waiting.length > 0) {
      const wait = await slots.take(this.#intervalMs);
      if (wait > 0) await clock.sleep(wait);
      // Whoever is the most urgent now, not when the slot was taken.
      this.#next()?.go(true);
    }
    this.#serving = false;
  }

  /** Every so-many turn goes to whoever has waited longest: what can wait must not wait for ever. */
  #next(): Waiting | undefined {
    if (++this.#turns % FAIR_TURN === 0) return this.#waiting.shift();
    for (const priority of PRIORITIES) {
      const at = this.#waiting.findIndex((entry) => entry.priority === priority);
      if (at >= 0) return this.#waiting.splice(at, 1)[0];
    }
    return undefined;
  }
}
