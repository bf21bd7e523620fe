import type { Clock } from "../../src/core/clock.ts";
import type { Random } from "../../src/core/backoff.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type { Counters } from "./counters.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

/** How a process's ways to the world are just now; each share is from 0 to 1. */
export interface Weather {
  /** A request never arrives: the connection breaks first. */
  requestLost: number;
  /** What was asked for is done, and the answer is lost: taken, not told. */
  answerLost: number;
  /** The asker has given up long before the request arrives and is done. */
  late: number;
  /** How long a way takes, ms, at most. */
  slowMs: number;
  /** The process dies just before or just after an effect. */
  crash: number;
  /** The log says that an append failed; half of the time it has happened. */
  appendFails: number;
}

export const CALM: Weather = {
  requestLost: 0,
  answerLost: 0,
  late: 0,
  slowMs: 2,
  crash: 0,
  appendFails: 0,
};

/** When a process dies around an effect; what was under way may arrive long after. */
const SIDES = ["before", "after", "long after"] as const;
type Side = typeof SIDES[number];

/** How long what a dead process had sent may be on its way, ms: longer than its session. */
const LONG_MS = 30_000;

/** How long an asker waits for an answer before it gives up, ms: kafkajs's limit. */
const PATIENCE_MS = 10_000;

/**
 * A process's machine: its clock, and its ways to the world outside. Killed, nothing that it does reaches anybody any more
 * and nothing it waits for ever comes; what is on its way arrives all the same. Frozen (SIGSTOP, a long pause), nothing
 * comes until it wakes; then everything that was due comes at once, in its order.
 */
export class Host {
  readonly name: string;
  readonly clock: Clock;
  weather: Weather;
  /** The true time at which it began, epoch ms. */
  readonly startedAt: number;
  /** Whether its clock was ever wrong. */
  skewed = false;
  #skewMs = 0;
  /** Whether it has heard something that may not be so: an append that failed, an answer that was lost. */
  unsure = false;
  wasFrozen = false;
  /** Whether it was asked to stop. */
  stopped = false;
  /** What it asked for last and heard nothing of was given up then, or is to be, epoch ms. */
  failedAt = -Infinity;
  /** When it was put out of a group last, epoch ms. */
  lostAt = -Infinity;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #counters: Counters;
  readonly #killed = new AbortController();
  #frozen = false;
  #held: (() => void)[] = [];
  #crashAfter = Infinity;
  #crashSide: Side = "before";

  constructor(
    options: { name: string; scheduler: Scheduler; random: Random; counters: Counters; weather: Weather },
  ) {
    this.name = options.name;
    this.#scheduler = options.scheduler;
    this.#random = options.random;
    this.#counters = options.counters;
    this.weather = options.weather;
    this.startedAt = options.scheduler.now;
    this.clock = {
      now: () => this.#scheduler.now + this.#skewMs,
      monotonic: () => this.#scheduler.now,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  /** What the process's clock is ahead of the true time, ms. */
  set skewMs(ms: number) {
    this.skewed ||= ms !== 0;
    this.#skewMs = ms;
  }

  /** Whether it was put out of a group. */
  get lostSomething(): boolean {
    return this.lostAt !== -Infinity;
  }

  get dead(): boolean {
    return this.#killed.signal.aborted;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Aborted when the process is killed. */
  get killed(): AbortSignal {
    return this.#killed.signal;
  }

  /** Kill -9. */
  kill(): void {
    if (this.dead) return;
    this.#scheduler.note(`${this.name} is dead`);
    this.#held = [];
    this.#killed.abort();
  }

  /** Kills it before or after one of its next effects. */
  killAt(effects: number, side: Side): void {
    this.#crashAfter = effects;
    this.#crashSide = side;
  }

  freeze(): void {
    this.#scheduler.note(`${this.name} is frozen`);
    this.wasFrozen = true;
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  /** Hands something over to the process: at once, when it wakes, or never. */
  deliver(give: () => void): void {
    if (this.dead) return;
    if (this.#frozen) this.#held.push(give);
    else give();
  }

  /**
   * One thing the process does to the world: what it asks for travels, is done, and the answer travels back.
   *
   * @param work Done where it arrives; may wait for its answer. It hears whether its asker has given up before.
   * @param effect Whether it changes anything: then the process may die around it.
   */
  reach<T>(what: string, work: (isLate: boolean) => T | Promise<T>, effect = true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.dead) return;
      const side = effect ? this.#crash() : undefined;
      if (side === "before") return this.kill();
      if (side !== undefined) this.kill();
      const fail = (why: string) => {
        this.failedAt = Math.max(this.failedAt, this.#scheduler.now);
        this.deliver(() => reject(lost(`${what}: ${why}`)));
      };
      const { requestLost, answerLost, late } = this.weather;
      const roll = side === undefined ? this.#random() : 1;
      if (roll < requestLost) {
        this.#counters.count("requests lost");
        this.#scheduler.after(this.#way(), `${this.name} ${what} lost`, () => fail("the connection broke"));
        return;
      }
      const isLate = roll < requestLost + late;
      const answerIsLost = !isLate && roll < requestLost + late + answerLost;
      const wait = side === "long after"
        ? LONG_MS * this.#random()
        : isLate
        ? PATIENCE_MS + 2_000 * this.#random()
        : this.#way();
      if (isLate) {
        this.#counters.count("requests late");
        this.failedAt = this.#scheduler.now + PATIENCE_MS;
        this.#scheduler.after(PATIENCE_MS, `${this.name} gives up ${what}`, () => fail("no answer"));
      }
      this.#scheduler.after(wait, `${this.name} ${what}`, () => {
        const arrived = async () => await work(isLate);
        void arrived().then(
          (value) => {
            if (isLate) return;
            if (answerIsLost) this.#counters.count("answers lost");
            this.#scheduler.after(this.#way(), `${this.name} ${what} answered`, () => {
              if (answerIsLost) fail("the connection broke");
              else this.deliver(() => resolve(value));
            });
          },
          (thrown) => {
            if (isLate) return;
            this.#scheduler.after(
              this.#way(),
              `${this.name} ${what} refused`,
              () => this.deliver(() => reject(thrown)),
            );
          },
        );
      });
    });
  }

  /** Whether an append is said to have failed, and whether it is done. */
  drawAppend(): "works" | "not done" | "done" {
    if (this.#random() >= this.weather.appendFails) return "works";
    this.unsure = true;
    return this.#random() < 0.5 ? "not done" : "done";
  }

  #crash(): Side | undefined {
    if (this.#crashAfter !== Infinity && --this.#crashAfter <= 0) {
      this.#crashAfter = Infinity;
      this.#counters.count("killed at an effect");
      return this.#crashSide;
    }
    if (this.weather.crash === 0 || this.#random() >= this.weather.crash) return undefined;
    this.#counters.count("killed at an effect");
    return SIDES[Math.floor(this.#random() * SIDES.length)];
  }

  #way(): number {
    return Math.floor(this.#random() * this.weather.slowMs);
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      let timer: Planned | undefined;
      const done = () => {
        timer?.cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      if (ms !== Infinity) {
        timer = this.#scheduler.after(ms, `${this.name} wakes`, () => this.deliver(done));
      }
      signal?.addEventListener("abort", done, { once: true });
    });
  }
}

function lost(reason: string): OutsideError {
  return new OutsideError("simulated", reason, { retryable: true });
}
