/**
 * Wakes whoever waits. What is waited for stands elsewhere: a waiter checks, waits, and checks again.
 *
 * @example
 * ```ts
 * import { Signal } from "./signal.ts";
 * const grown = new Signal();
 * const list: number[] = [];
 * const reading = (async () => {
 *   while (list.length === 0) await grown.wait();
 *   return list[0];
 * })();
 * list.push(7);
 * grown.notify();
 * console.assert(await reading === 7);
 * ```
 */
export class Signal {
  #next = Promise.withResolvers<void>();

  /** Wakes all who wait now. */
  notify(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve();
  }

  /** Resolves at the next {@link Signal.notify}, or when the signal is aborted. */
  async wait(aborted?: AbortSignal): Promise<void> {
    const { promise } = this.#next;
    if (aborted === undefined) return await promise;
    if (aborted.aborted) return;
    const stop = Promise.withResolvers<void>();
    const abort = () => stop.resolve();
    aborted.addEventListener("abort", abort, { once: true });
    await Promise.race([promise, stop.promise]);
    aborted.removeEventListener("abort", abort);
  }
}
