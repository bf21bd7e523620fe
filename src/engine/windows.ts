import type { EngineExports } from "./module.ts";

/** Which of the default windows are live. */
export class Windows {
  readonly #wasm: EngineExports;
  readonly #windowMs: number;
  readonly #graceMs: number;
  #newest = 0;
  #oldest = 0;

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

  /** When nothing remembers any more what was fired in windows that end at a time. */
  graceEnd(end: number): number {
    return end + this.#graceMs + this.#windowMs;
  }

  /**
   * Makes the window of a time the newest.
   *
   * @returns whether it was older.
   */
  advance(time: number): boolean {
    const window = Math.floor(time / this.#windowMs);
    if (window <= this.#newest) return false;
    this.#wasm.advanceTo(window);
    this.#newest = window;
    // By the window's first ms: a window stays live a little longer than a trade can be of it.
    this.#oldest = Math.max(0, Math.floor((window * this.#windowMs - this.#graceMs) / this.#windowMs));
    return true;
  }
}
