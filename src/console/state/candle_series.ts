import { type ChartInterval, foldBars, intervalStart, partsOf } from "../../market/chart_interval.ts";
import type { Trade } from "../../market/trade.ts";
import { type ChartCandle, withTrade } from "./candles.ts";

/**
 * The candles of a chart: those that were fetched, whole, and what trades make after them, each trade counted once. A
 * candle is what is whole of it and the minute, or the day, that forms.
 */
export class CandleSeries {
  readonly #interval: ChartInterval;
  /** Ascending. */
  #candles: ChartCandle[];
  /** What the newest candle has beside the part that forms. */
  #base: ChartCandle | undefined;
  #part: ChartCandle | undefined;
  /** The newest trade of each venue: a symbol's trades have rising times there. */
  #seen = new Map<string, number>();
  #behind = false;

  /** @param bars Candles of whole minutes or days, ascending. */
  constructor(interval: ChartInterval, bars: readonly ChartCandle[]) {
    this.#interval = interval;
    this.#candles = [...bars];
    this.#base = bars.at(-1);
  }

  get candles(): readonly ChartCandle[] {
    return this.#candles;
  }

  /** Whether a trade came that belongs to what is whole: a gap was filled, and its candles have to be fetched again. */
  get behind(): boolean {
    return this.#behind;
  }

  /** Counts trades as known that were in the bars already. */
  skip(trades: readonly Trade[]): void {
    for (const trade of trades) this.#isNew(trade);
  }

  /**
   * Takes trades in their order; one that is known already changes nothing.
   *
   * @returns the candles that changed, ascending.
   */
  add(trades: readonly Trade[]): readonly ChartCandle[] {
    const changed = new Map<number, ChartCandle>();
    for (const trade of trades) {
      const candle = this.#isNew(trade) ? this.#take(trade) : undefined;
      if (candle !== undefined) changed.set(candle.start, candle);
    }
    return [...changed.values()];
  }

  /** Puts candles of whole minutes or days in the place of all that are whole here; the part that forms stays. */
  correct(bars: readonly ChartCandle[]): void {
    const first = bars[0]?.start;
    if (first === undefined) return;
    const part = this.#part;
    const whole = part === undefined ? bars : bars.filter(({ start }) => start <= part.start);
    this.#candles = [...this.#candles.filter(({ start }) => start < first), ...whole];
    this.#base = whole.at(-1);
    if (part !== undefined) this.#join(part);
  }

  /** Puts older candles before all there are. */
  prepend(older: readonly ChartCandle[]): void {
    this.#candles = [...older, ...this.#candles];
  }

  #isNew({ venue = "KRX", eventTime, origin }: Trade): boolean {
    const isNew = eventTime > (this.#seen.get(venue) ?? -Infinity);
    if (isNew) this.#seen.set(venue, eventTime);
    else if (origin === "filled") this.#behind = true;
    return isNew;
  }

  #take(trade: Trade): ChartCandle | undefined {
    const part = withTrade(this.#part, trade, partsOf(this.#interval).of);
    if (part === undefined) return undefined;
    if (this.#part !== undefined && part.start > this.#part.start) this.#base = this.#candles.at(-1);
    this.#part = part;
    return this.#join(part);
  }

  /** The newest candle: what is whole of it, and the part that forms. */
  #join(part: ChartCandle): ChartCandle | undefined {
    const start = intervalStart(this.#interval, part.start);
    const base = this.#base !== undefined && this.#base.start >= start ? [this.#base] : [];
    const candle = foldBars([...base, part], this.#interval).at(-1) as ChartCandle;
    const newest = this.#candles.at(-1)?.start ?? -Infinity;
    if (start < newest) return undefined;
    if (start === newest) this.#candles.pop();
    this.#candles.push(candle);
    return candle;
  }
}
