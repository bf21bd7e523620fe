/** A symbol must have been seen so often before its silence means anything. */
const MIN_FRAMES = 20;
/** A symbol is stale after so many times its usual interval. */
const INTERVALS = 30;
/** How long a symbol that was registered anew is left alone, ms: no loop of subscribes. */
const RENEW_MS = 600_000;

interface Seen {
  count: number;
  readonly first: number;
  last: number;
  renewedAt: number;
}

/** When each symbol's frames came, to distinguish a symbol that has gone quiet from one that is seldom traded. */
export class Activity {
  readonly #symbols = new Map<string, Seen>();
  #last = -Infinity;

  /**
   * Takes note of a trade frame.
   *
   * @returns its symbol, undefined for frames of other kinds.
   */
  saw(frame: string, now: number): string | undefined {
    if (!frame.startsWith("CNT0", 6)) return undefined;
    const start = frame.indexOf("|", 11) + 1;
    const symbol = frame.slice(start, frame.indexOf("^", start));
    const seen = this.#symbols.get(symbol);
    this.#last = now;
    if (seen === undefined) {
      this.#symbols.set(symbol, { count: 1, first: now, last: now, renewedAt: -Infinity });
    } else {
      seen.count++;
      seen.last = now;
    }
    return symbol;
  }

  /** Symbols that used to come often and have not for `staleMs`, while others did. */
  stale(now: number, staleMs: number): ReadonlySet<string> {
    const stale = new Set<string>();
    for (const [symbol, seen] of this.#symbols) {
      if (seen.count < MIN_FRAMES || now - seen.renewedAt < RENEW_MS) continue;
      const usual = (seen.last - seen.first) / (seen.count - 1);
      const quiet = now - seen.last;
      if (quiet >= staleMs && quiet >= usual * INTERVALS && this.#last > seen.last) stale.add(symbol);
    }
    return stale;
  }

  /** The symbol has been registered anew. */
  renewed(symbol: string, now: number): void {
    const seen = this.#symbols.get(symbol);
    if (seen !== undefined) seen.renewedAt = now;
  }
}
