import { assert } from "./errors.ts";
import { Fifo } from "./fifo.ts";

/**
 * A first-in, first-out queue with a limit: `push` waits while it is full, `shift` while it is empty. Closing lets what
 * is in it be taken, then answers `undefined`.
 */
export class BoundedQueue<T> {
  readonly limit: number;
  readonly #items = new Fifo<T>();
  #closed = false;
  #takers: (() => void)[] = [];
  #givers: (() => void)[] = [];

  constructor(limit: number) {
    assert(
      Number.isSafeInteger(limit) && limit > 0,
      `a queue's limit must be a positive integer, got ${limit}`,
    );
    this.limit = limit;
  }

  get size(): number {
    return this.#items.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Adds an item, waiting for room.
   *
   * @returns whether it was taken (false: the queue is closed).
   */
  async push(item: T): Promise<boolean> {
    while (this.size >= this.limit && !this.#closed) await new Promise<void>((go) => this.#givers.push(go));
    return this.tryPush(item);
  }

  /** Adds an item if there is room and the queue is open. */
  tryPush(item: T): boolean {
    if (this.#closed || this.size >= this.limit) return false;
    this.#items.push(item);
    this.#takers.shift()?.();
    return true;
  }

  /** Takes the oldest item, waiting for one; undefined when the queue is closed and empty. */
  async shift(): Promise<T | undefined> {
    while (this.size === 0 && !this.#closed) await new Promise<void>((go) => this.#takers.push(go));
    return this.tryShift();
  }

  /** Takes the oldest item if there is one. */
  tryShift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items.shift();
    this.#givers.shift()?.();
    return item;
  }

  /** No more items come in; waiting takers and givers are woken. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#takers.splice(0)) wake();
    for (const wake of this.#givers.splice(0)) wake();
  }
}
