import type { Symbol } from "./symbol.ts";

/** How many seconds of a symbol are remembered: records of KRX and NXT may be a little out of step. */
const REMEMBERED_SECONDS = 4;

interface Second {
  readonly second: number;
  /** The ms the next record of this second gets at least. */
  next: number;
}

/**
 * Gives the records of each symbol distinct, rising milliseconds within a second: KIS gives whole seconds, and order
 * within a second must not be lost. A time that has milliseconds of its own keeps them where they rise.
 *
 * More than a thousand records of one symbol in one second go on into the next. Deterministic: the same records in the
 * same order get the same times.
 */
export class Sequencer {
  readonly #seconds = new Map<Symbol, Second[]>();

  /** The time for a record whose feed said `eventTime`, epoch ms. */
  place(symbol: Symbol, eventTime: number): number {
    let seconds = this.#seconds.get(symbol);
    if (seconds === undefined) this.#seconds.set(symbol, seconds = []);
    for (let wanted = eventTime;;) {
      const entry = remembered(seconds, Math.floor(wanted / 1000));
      const ms = Math.max(wanted % 1000, entry.next);
      if (ms < 1000) {
        entry.next = ms + 1;
        return entry.second * 1000 + ms;
      }
      wanted = (entry.second + 1) * 1000;
    }
  }

  /** Takes note of a record that has been published already, after a restart. */
  restore(symbol: Symbol, eventTime: number): void {
    let seconds = this.#seconds.get(symbol);
    if (seconds === undefined) this.#seconds.set(symbol, seconds = []);
    const entry = remembered(seconds, Math.floor(eventTime / 1000));
    entry.next = Math.max(entry.next, (eventTime % 1000) + 1);
  }
}

/** The entry of a second, newest first; the oldest is forgotten. */
function remembered(seconds: Second[], second: number): Second {
  const known = seconds.find((one) => one.second === second);
  if (known !== undefined) return known;
  const entry = { second, next: 0 };
  const place = seconds.findIndex((one) => one.second < second);
  seconds.splice(place < 0 ? seconds.length : place, 0, entry);
  // A late record of a second that is forgotten already must not push out a newer one.
  if (seconds.length > REMEMBERED_SECONDS) seconds.pop();
  return entry;
}
