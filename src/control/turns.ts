/** Lines that are read in one go: some milliseconds of work. */
const SLICE = 50;

/**
 * Whose turn it is among those that have much to do. One turn after another, each begun by the event loop anew: between two
 * of them everybody else is served, however many imports there are.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
    return this.#last;
  }

  /** Hands items over as they come, a turn for every few of them. */
  async *paced<T>(items: AsyncIterable<T>): AsyncIterable<T> {
    let count = 0;
    for await (const item of items) {
      if (count++ % SLICE === 0) await this.take();
      yield item;
    }
  }
}
