import type { MinuteCandle } from "./minute_candle.ts";
import type { Symbol } from "./symbol.ts";

/** Shares that were traded between two minutes and never came. */
export interface LostVolume {
  /** The minute with the trade that gave it away, epoch ms. */
  readonly at: number;
  readonly shares: number;
}

/** What came of a symbol on a day, against what the exchange says was traded. */
export interface SymbolVolume {
  readonly symbol: Symbol;
  readonly trades: number;
  /** Shares that came. */
  readonly received: number;
  /** The day's cumulative volume, as the last trade says it. */
  readonly exchange: number;
  /** Shares that had been traded when the first trade came, with that minute's. */
  readonly before: number;
  /** When the first trade came, epoch ms of its minute. */
  readonly since: number;
  /** Shares that were traded since and never came; and that came twice. */
  readonly missing: number;
  readonly twice: number;
  /** Where the missing ones were lost, oldest first. */
  readonly lost: readonly LostVolume[];
  /** Only prices were asked for: nothing is known of the volume. */
  readonly polled: boolean;
}

interface Minute {
  readonly start: number;
  readonly trades: number;
  readonly volume: number;
  /** The highest cumulative volume of each venue. */
  readonly reached: ReadonlyMap<string, number>;
}

/**
 * Holds what came against the exchange's own count: each trade carries the day's cumulative volume (KIS ACML_VOL), so what
 * a minute's last trade says must be what the minute before it said and the minute's own shares. Out of closed minutes,
 * so it needs no state of its own, survives every restart, and finds what was lost anywhere between exchange and stream.
 */
export class DayVolumes {
  readonly #minutes = new Map<Symbol, Map<number, Minute>>();

  /** Takes a closed minute of the day; the newest of a minute is the one that counts. */
  take({ symbol, start, trades, volume, last }: MinuteCandle): void {
    const reached = new Map<string, number>();
    for (const { trade: { venue = "KRX", accVolume, origin } } of last) {
      if (origin !== "polled") reached.set(venue, Math.max(reached.get(venue) ?? 0, accVolume));
    }
    const minutes = this.#minutes.get(symbol) ?? new Map<number, Minute>();
    minutes.set(start, { start, trades, volume, reached });
    this.#minutes.set(symbol, minutes);
  }

  /** What came of each symbol. */
  *symbols(): Generator<SymbolVolume> {
    for (const [symbol, minutes] of this.#minutes) {
      yield volumeOf(symbol, [...minutes.values()].sort((a, b) => a.start - b.start));
    }
  }
}

function volumeOf(symbol: Symbol, minutes: readonly Minute[]): SymbolVolume {
  const heard = minutes.filter(({ reached }) => reached.size > 0);
  const reached = new Map<string, number>();
  let [received, before] = [0, 0];
  const deficits: number[] = [];
  for (const minute of heard) {
    received += minute.volume;
    for (const [venue, volume] of minute.reached) {
      // What a venue had traded before it was first heard is none that was lost.
      if (!reached.has(venue)) before += Math.max(0, volume - minute.volume);
      reached.set(venue, Math.max(reached.get(venue) ?? 0, volume));
    }
    deficits.push(sumOf(reached) - before - received);
  }
  const deficit = deficits.at(-1) ?? 0;
  return {
    symbol,
    trades: minutes.reduce((sum, { trades }) => sum + trades, 0),
    received,
    exchange: sumOf(reached),
    before,
    since: minutes[0]?.start ?? 0,
    missing: Math.max(0, deficit),
    twice: Math.max(0, -deficit),
    lost: lostOf(heard, deficits),
    polled: heard.length === 0,
  };
}

/** Where what is missing at the end began to be missing for good: a minute's edge may be made up for by the next minute. */
function lostOf(minutes: readonly Minute[], deficits: readonly number[]): LostVolume[] {
  const lasting = [...deficits];
  for (let at = lasting.length - 2; at >= 0; at--) {
    lasting[at] = Math.min(lasting[at] as number, lasting[at + 1] as number);
  }
  let known = 0;
  return minutes.flatMap(({ start }, at) => {
    const shares = (lasting[at] as number) - known;
    if (shares <= 0) return [];
    known = lasting[at] as number;
    return [{ at: start, shares }];
  });
}

function sumOf(volumes: ReadonlyMap<string, number>): number {
  return volumes.values().reduce((sum, volume) => sum + volume, 0);
}
