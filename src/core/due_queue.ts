/** Things by the time they are due, the earliest first: a binary heap. */
export class DueQueue<T extends { readonly due: number }> {
  #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the earliest is due; undefined when there is none. */
  get nextDue(): number | undefined {
    return this.#heap[0]?.due;
  }

  push(item: T): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as T).due <= item.due) break;
      heap[at] = heap[parent] as T;
      at = parent;
    }
    heap[at] = item;
  }

  /** Takes the earliest if it is due. */
  takeDue(now: number): T | undefined {
    const [first] = this.#heap;
    if (first === undefined || first.due > now) return undefined;
    const last = this.#heap.pop() as T;
    if (this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Forgets what the test refuses. */
  keep(test: (item: T) => boolean): void {
    const kept = this.#heap.filter(test);
    this.#heap = [];
    for (const item of kept) this.push(item);
  }

  #sink(item: T): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as T).due < (heap[child] as T).due) child++;
      if ((heap[child] as T).due >= item.due) break;
      heap[at] = heap[child] as T;
      at = child;
    }
    heap[at] = item;
  }
}
