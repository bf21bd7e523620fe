import { type Followed, type Horizon, HORIZONS } from "./followed.ts";

/** What followed the fires of a rule on average. Per cent. */
export interface Average {
  /** Fires of which it is known. */
  readonly fires: number;
  readonly mean: number;
  /** How many of them stood higher than at the fire. */
  readonly rose: number;
}

/** What followed on average, by how long after; null: of no fire is it known. */
export type Averages = Readonly<Record<Horizon | "highest" | "lowest", Average | null>>;

const KEYS = [...HORIZONS, "highest", "lowest"] as const;

interface Sum {
  fires: number;
  /** Hundredths of a per cent: whole numbers come to the same in any order. */
  sum: number;
  rose: number;
}

/** What a tally has counted, as plain data. */
export interface Counted {
  readonly fires: number;
  readonly repeats: number;
  readonly perDay: ReadonlyMap<number, number>;
  readonly sums: readonly Readonly<Sum>[];
}

/** Counts the fires of one rule, however many there are. */
export class Tally {
  fires = 0;
  /** Fires that were not the first of their day and symbol. */
  repeats = 0;
  /** Fires by day. */
  readonly perDay = new Map<number, number>();
  /** The symbols that have fired on the newest day. */
  #firedOn = -1;
  readonly #fired = new Set<string>();
  readonly #sums = KEYS.map((): Sum => ({ fires: 0, sum: 0, rose: 0 }));

  get counted(): Counted {
    const { fires, repeats, perDay } = this;
    return { fires, repeats, perDay, sums: this.#sums };
  }

  /** Adds what another one has counted, of other days. */
  add({ fires, repeats, perDay, sums }: Counted): void {
    this.fires += fires;
    this.repeats += repeats;
    for (const [day, count] of perDay) this.perDay.set(day, (this.perDay.get(day) ?? 0) + count);
    for (const [place, sum] of this.#sums.entries()) {
      const other = sums[place] as Sum;
      sum.fires += other.fires;
      sum.sum += other.sum;
      sum.rose += other.rose;
    }
  }

  /** Counts a fire; days do not go back. */
  fire(symbol: string, day: number): void {
    if (day !== this.#firedOn) this.#fired.clear();
    this.#firedOn = day;
    this.fires++;
    if (this.#fired.has(symbol)) this.repeats++;
    this.#fired.add(symbol);
    this.perDay.set(day, (this.perDay.get(day) ?? 0) + 1);
  }

  /** Adds what followed one of them. */
  follow(followed: Partial<Followed>): void {
    for (const [place, key] of KEYS.entries()) {
      const percent = followed[key]?.percent;
      if (percent === undefined) continue;
      const sum = this.#sums[place] as Sum;
      sum.fires++;
      sum.sum += Math.round(percent * 100);
      if (percent > 0) sum.rose++;
    }
  }

  averages(): Averages {
    const entries = KEYS.map((key, place) => {
      const { fires, sum, rose } = this.#sums[place] as Sum;
      return [key, fires === 0 ? null : { fires, mean: Math.round(sum / fires) / 100, rose }];
    });
    return Object.fromEntries(entries) as Averages;
  }
}
