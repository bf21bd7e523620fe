/** How many lines after one are asked whether they agree with its time. */
export const LOOK_AHEAD = 8;

/**
 * When the lines of a file arrived that do not say so themselves: by the file's own order. A line's claim is believed
 * when it is near the time that the file had come to, or when those after it agree; one that is alone far ahead of what
 * follows it (a wrong date, a fast clock) arrived when they did.
 */
export class ArrivalOrder {
  readonly #maxAheadMs: number;
  /** What the file had come to, epoch ms. */
  #time = -Infinity;

  /** @param maxAheadMs how far a line may be ahead without being asked, ms. */
  constructor(maxAheadMs: number) {
    this.#maxAheadMs = maxAheadMs;
  }

  /**
   * The arrival of the next line, epoch ms.
   *
   * @param claimed when it says that it traded.
   * @param following the same of the lines after it, up to {@link LOOK_AHEAD}.
   * @param now the clock's time: what is ahead of it too needs one line against it, others most of them.
   */
  arrival(claimed: number, following: readonly number[], now: number): number {
    const believed = claimed - this.#maxAheadMs;
    if (this.#time < believed) {
      const before = following.filter((time) => time < believed);
      const contradicted = now < believed
        ? before.length > 0
        : before.length > 1 && before.length * 2 > following.length;
      if (contradicted) {
        return Math.max(this.#time, before[0] as number);
      }
    }
    this.#time = Math.max(this.#time, claimed);
    return claimed;
  }
}
