/** How often each thing happened: a simulation that tries nothing finds nothing. */
export class Counters {
  readonly #counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  add(other: Counters): void {
    for (const [what, times] of other.#counts) this.count(what, times);
  }

  get(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** By name. */
  get all(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([one], [other]) => one < other ? -1 : 1);
  }
}
