import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";

/** Something that will happen. */
interface Coming {
  readonly at: number;
  readonly order: number;
  readonly what: string;
  readonly run: () => void;
  cancelled: boolean;
}

/** What becomes of what was planned. */
export interface Planned {
  cancel(): void;
}

/** Turns of the event loop after each event: what gives others their turn gets it. */
const TURNS = 2;

/**
 * Owns everything that is asynchronous in a simulated world: timers, answers, arrivals. One thing happens at a time, and
 * what it set going runs until it waits for the next one. Nothing else may wait for anything, so a run is a function of its
 * seed. Each event goes into a hash, by which two runs are compared.
 */
export class Scheduler {
  #now: number;
  #order = 0;
  readonly #heap: Coming[] = [];
  readonly #hash = createHash("sha256");
  #trace: ((line: string) => void) | undefined;
  events = 0;

  /** @param now Epoch ms at which the world begins. */
  constructor(now: number) {
    this.#now = now;
  }

  /** The world's true time, epoch ms; a process may believe another one. */
  get now(): number {
    return this.#now;
  }

  /** Gives each line of the trace away, for comparing two runs by eye. */
  set onLine(line: (line: string) => void) {
    this.#trace = line;
  }

  /** Has something happen after `ms`; things of one moment happen in the order in which they were planned. */
  after(ms: number, what: string, run: () => void): Planned {
    const coming = {
      at: this.#now + Math.max(0, Math.ceil(ms)),
      order: this.#order++,
      what,
      run,
      cancelled: false,
    };
    this.#push(coming);
    return { cancel: () => coming.cancelled = true };
  }

  /** Puts a line into the trace: what was done, beyond that something was. */
  note(line: string): void {
    const whole = `${this.#now} ${line}`;
    this.#hash.update(`${whole}\n`);
    this.#trace?.(whole);
  }

  /** A hash of everything that has happened so far. */
  get hash(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Lets what is ready run. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await setImmediate();
  }

  /** Lets the next thing happen. @returns false when nothing is to come by `until`. */
  async step(until = Infinity): Promise<boolean> {
    const next = this.#heap[0];
    if (next === undefined || next.at > until) return false;
    this.#pop();
    if (next.cancelled) return true;
    this.#now = Math.max(this.#now, next.at);
    this.events++;
    this.note(next.what);
    next.run();
    await this.settle();
    return true;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    while (await this.step(until)) { /* one by one */ }
    this.#now = Math.max(this.#now, until);
  }

  #push(coming: Coming): void {
    const heap = this.#heap;
    let at = heap.push(coming) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(coming, heap[parent] as Coming)) break;
      heap[at] = heap[parent] as Coming;
      at = parent;
    }
    heap[at] = coming;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Coming;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Coming, heap[child] as Coming)) child++;
      if (!isBefore(heap[child] as Coming, last)) break;
      heap[at] = heap[child] as Coming;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Coming, other: Coming): boolean {
  return one.at < other.at || one.at === other.at && one.order < other.order;
}
