import type { Rule } from "../rules/rule.ts";

interface Expiring {
  readonly at: number;
  readonly ordinal: number;
  readonly rule: Rule;
}

/** The rules that expire, the next one first: a binary heap. Rules that were replaced meanwhile are distinguished by their object. */
export class ExpiryQueue {
  #heap: Expiring[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the next rule expires, epoch ms; Infinity when none does. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  add(rule: Rule, ordinal: number): void {
    if (rule.expiresAt === null) return;
    const heap = this.#heap;
    heap.push({ at: rule.expiresAt, ordinal, rule });
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (this.#at(parent) <= this.#at(child)) break;
      this.#swap(parent, child);
      child = parent;
    }
  }

  /** Takes the next rule that has expired at a time, if there is one. */
  takeExpired(time: number): Expiring | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > time) return undefined;
    const last = heap.pop() as Expiring;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#at(child + 1) < this.#at(child)) child++;
      if (this.#at(parent) <= this.#at(child)) break;
      this.#swap(parent, child);
      parent = child;
    }
    return first;
  }

  /** Forgets those that the test refuses. */
  keep(test: (expiring: Expiring) => boolean): void {
    const kept = this.#heap.filter(test);
    this.#heap = [];
    for (const { rule, ordinal } of kept) this.add(rule, ordinal);
  }

  #at(index: number): number {
    return (this.#heap[index] as Expiring).at;
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a] as Expiring;
    this.#heap[a] = this.#heap[b] as Expiring;
    this.#heap[b] = first;
  }
}
