/**
 * Remembers where in the alerts topic each live window's first alert stands, so that a restart reads back no more of the
 * topic than it must.
 */
export class LiveWindows {
  #firstOffset = new Map<number, number>();
  #next: number;

  /** @param next The offset of the first alert not yet seen. */
  constructor(next: number) {
    this.#next = next;
  }

  /** Notes an alert of a window, read back or just written. */
  note(windowStart: number, offset: number): void {
    const first = this.#firstOffset.get(windowStart);
    if (first === undefined || offset < first) this.#firstOffset.set(windowStart, offset);
    this.#next = Math.max(this.#next, offset + 1);
  }

  /** Forgets windows that start before `oldestLive`. */
  forget(oldestLive: number): void {
    for (const start of this.#firstOffset.keys()) {
      if (start < oldestLive) this.#firstOffset.delete(start);
    }
  }

  /** Where to begin reading back. */
  get restoreFrom(): number {
    return Math.min(this.#next, ...this.#firstOffset.values());
  }
}
