/** Wakes who waits for a stream to grow. */
export class Wakers {
  #waiting = new Map<number, Set<() => void>>();

  /** Resolves when the stream grows, when `cancel` of the answer is called, or when the signal is aborted. */
  wait(stream: number, signal: AbortSignal): { readonly woken: Promise<void>; cancel(): void } {
    let cancel = () => {};
    const woken = new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(stream) ?? new Set();
      this.#waiting.set(stream, waiting);
      cancel = () => {
        waiting.delete(cancel);
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      waiting.add(cancel);
      signal.addEventListener("abort", cancel, { once: true });
      if (signal.aborted) cancel();
    });
    return { woken, cancel };
  }

  wake(streams: Iterable<number>): void {
    for (const stream of streams) {
      for (const wake of [...this.#waiting.get(stream) ?? []]) wake();
    }
  }
}
