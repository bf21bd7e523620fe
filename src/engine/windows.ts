import type { EngineExports } from "./module.ts";

/** That a rule has fired in a window. */
export interface Fired {
  readonly id: string;
  readonly window: number;
}

/** Which windows are live, and the fired rules of windows that are still to come. */
export class Windows {
  readonly #wasm: EngineExports;
  readonly #windowMs: number;
  readonly #graceMs: number;
  #newest = 0;
  #oldest = 0;
  /** Restored from alerts of windows whose trades are evaluated again: ids by window. */
  readonly #pending = new Map<number, string[]>();

  constructor(wasm: EngineExports, windowMs: number, graceMs: number) {
    this.#wasm = wasm;
    this.#windowMs = windowMs;
    this.#graceMs = graceMs;
  }

  get newest(): number {
    return this.#newest;
  }

  /** The oldest window that a trade within the grace may be of. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The first event time after the newest window. */
  get end(): number {
    return (this.#newest + 1) * this.#windowMs;
  }

  windowOf(time: number): number {
    return Math.floor(time / this.#windowMs);
  }

  /**
   * Makes the window of a time the newest. @returns the ids that were said to have fired in windows that are live now,
   * or undefined when the newest window stays what it is.
   */
  advance(time: number): readonly Fired[] | undefined {
    const window = this.windowOf(time);
    if (window <= this.#newest) return undefined;
    this.#wasm.advanceTo(window);
    this.#newest = window;
    // By the window's first ms: a window stays live a little longer than a trade can be of it.
    this.#oldest = Math.max(0, this.windowOf(window * this.#windowMs - this.#graceMs));
    const due: Fired[] = [];
    for (const [each, ids] of this.#pending) {
      if (each > window) continue;
      this.#pending.delete(each);
      if (each < this.oldest) continue;
      for (const id of ids) due.push({ id, window: each });
    }
    return due;
  }

  /** Keeps for later that an id has fired in a window that is still to come. */
  keep(id: string, window: number): void {
    const ids = this.#pending.get(window);
    if (ids === undefined) this.#pending.set(window, [id]);
    else ids.push(id);
  }
}
