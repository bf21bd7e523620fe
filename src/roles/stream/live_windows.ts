/**
 * Remembers where in the alerts topic the first alert stands that a restart must know of, so that it reads back no more
 * than it must: those whose window a trade may still be of.
 */
export class LiveWindows {
  /** The first offset of the alerts that are needed until a time, by that time. */
  readonly #firstOffset = new Map<number, number>();
  #next: number;

  /** @param next The offset of the first alert not yet seen. */
  constructor(next: number) {
    this.#next = next;
  }

  /**
   * Notes an alert, read back or just written.
   *
   * @param until the partition's time, less the grace, up to which it is needed; null: it is not.
   */
  note(until: number | null, offset: number): void {
    if (until !== null) {
      const first = this.#firstOffset.get(until);
      if (first === undefined || offset < first) this.#firstOffset.set(until, offset);
    }
    this.#next = Math.max(this.#next, offset + 1);
  }

  /** Forgets the alerts that are needed until a time at most. */
  forget(time: number): void {
    for (const until of this.#firstOffset.keys()) if (until <= time) this.#firstOffset.delete(until);
  }

  /** Where to begin reading back. */
  get restoreFrom(): number {
    return Math.min(this.#next, ...this.#firstOffset.values());
  }
}
