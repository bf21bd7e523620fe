/** Tasks that change what has names: of one name one at a time, in the order they came. Within this process only. */
export class Exclusive {
  readonly #busy = new Map<string, Promise<void>>();

  /**
   * Runs a task while no other one runs under any of its names.
   *
   * @throws what the task throws; those that wait for it run all the same.
   */
  async run<T>(names: readonly string[], task: () => Promise<T>): Promise<T> {
    const sorted = [...new Set(names)].sort();
    const before = sorted.map((name) => this.#busy.get(name));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const name of sorted) this.#busy.set(name, promise);
    try {
      await Promise.all(before);
      return await task();
    } finally {
      resolve();
      for (const name of sorted) if (this.#busy.get(name) === promise) this.#busy.delete(name);
    }
  }
}
