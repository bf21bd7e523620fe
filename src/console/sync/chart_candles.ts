import { type ChartInterval, intervalStart, partsOf } from "../../market/chart_interval.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import type { ApiClient } from "../api/client.ts";
import { CandleSeries } from "../state/candle_series.ts";
import type { ChartCandle } from "../state/candles.ts";

/** Candles that are asked for at once. */
const PAGE = 800;
/** Trades that are asked for to make the minutes that form, at most. */
const MOST_TRADES = 2_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How often the last trades are asked for until the store has what the page has heard: the store is behind the feed. */
const TRIES = 20;
/** The same where the page was away and has heard nothing since. */
const TRIES_UNHEARD = 6;
const RETRY_MS = 500;

/**
 * The candles of one symbol and interval. Fetched are those of minutes that are over, and the trades since then; what the
 * page hears meanwhile is joined to them, so that each trade is in its candle once, whenever the chart was opened.
 */
export class ChartCandles {
  readonly #client: Pick<ApiClient, "candlesBefore" | "trades">;
  readonly #symbol: Symbol;
  readonly #interval: ChartInterval;
  readonly #newestTrade: () => Trade | undefined;
  #series: CandleSeries | undefined;
  /** What is heard while candles are fetched. */
  #heard: Trade[] | undefined;
  #complete = false;
  #fetchesOlder = false;
  /** A minute of which more was traded than is fetched, epoch ms: it is put right when it is over. */
  #rough: number | undefined;

  constructor(given: {
    readonly client: Pick<ApiClient, "candlesBefore" | "trades">;
    readonly symbol: Symbol;
    readonly interval: ChartInterval;
    /** The symbol's last trade, where one is known. */
    readonly newestTrade: () => Trade | undefined;
  }) {
    this.#client = given.client;
    this.#symbol = given.symbol;
    this.#interval = given.interval;
    this.#newestTrade = given.newestTrade;
  }

  /** Ascending; undefined before the first were fetched. */
  get candles(): readonly ChartCandle[] | undefined {
    return this.#series?.candles;
  }

  /** Whether something that is over has to be put right: a gap was filled, or what was begun roughly is over. */
  get needsMending(): boolean {
    if (this.#series === undefined || this.#heard !== undefined) return false;
    const { eventTime } = this.#newestTrade() ?? { eventTime: 0 };
    return this.#series.behind || (this.#rough !== undefined && eventTime >= this.#rough + 2 * MINUTE_MS);
  }

  /**
   * Fetches the newest candles, at first and again; older ones stay. Goes on once there is something to show, and again
   * when the newest candle is whole.
   *
   * @param options.away Trades were missed: what came after the newest one that is known was not heard.
   * @throws What the client throws; what is known stays.
   */
  async *load({ away = false }: { readonly away?: boolean } = {}): AsyncIterable<void> {
    const heard: Trade[] = this.#heard = [];
    const newest = this.#newestTrade();
    const of = partsOf(this.#interval).of;
    try {
      const cut = newest === undefined ? undefined : cutBefore(newest, of);
      const bars = this.#bars(cut);
      if (of === "1d" || newest === undefined) {
        this.#begin(await bars, cut, [...newest === undefined ? [] : [newest], ...heard]);
        return yield;
      }
      for (let tried = 0; tried < TRIES; tried++) {
        const [whole, since] = await Promise.all([bars, this.#since(cutBefore(newest, of))]);
        if (this.#heard !== heard) return;
        if (since.length === MOST_TRADES) await this.#beginRoughly(newest.eventTime, heard);
        else this.#begin(whole, cut, [...since, ...heard]);
        yield;
        // All that came after it was heard: once it is stored, what was fetched is whole.
        const heardFrom = heard[0] ?? (away ? undefined : newest);
        const isStored = heardFrom === undefined
          ? tried >= TRIES_UNHEARD
          : since.some(({ eventTime }) => eventTime >= heardFrom.eventTime);
        if (since.length === MOST_TRADES || isStored) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        if (this.#heard !== heard) return;
      }
    } finally {
      if (this.#heard === heard) this.#heard = undefined;
    }
  }

  /** Puts right what {@link needsMending} says of. @throws What the client throws. */
  async *mend(): AsyncIterable<void> {
    const { eventTime } = this.#newestTrade() ?? { eventTime: 0 };
    if (this.#series === undefined || this.#series.behind || this.#rough === undefined) {
      return yield* this.load();
    }
    this.#rough = undefined;
    const bars = await this.#bars(intervalStart("1m", eventTime));
    this.#series.correct(bars);
    yield;
  }

  /** Fetches candles before the first; whether there came any. A failure leaves what there is. */
  async loadOlder(): Promise<boolean> {
    const series = this.#series;
    const first = series?.candles[0];
    if (series === undefined || first === undefined || this.#complete || this.#fetchesOlder) return false;
    this.#fetchesOlder = true;
    const older = await this.#bars(first.start).catch(() => undefined);
    this.#fetchesOlder = false;
    if (older === undefined || this.#series?.candles[0]?.start !== first.start) return false;
    this.#complete = older.length === 0;
    this.#series.prepend(older);
    return older.length > 0;
  }

  /**
   * Takes trades as they come.
   *
   * @returns the candles that changed, ascending.
   */
  add(trades: readonly Trade[]): readonly ChartCandle[] {
    for (const trade of trades) this.#heard?.push(trade);
    return this.#series?.add(trades) ?? [];
  }

  #bars(to: number | undefined): Promise<readonly ChartCandle[]> {
    const asked = { interval: this.#interval, limit: PAGE, to: to ?? Date.now() + DAY_MS };
    return this.#client.candlesBefore(this.#symbol, asked);
  }

  #since(from: number): Promise<readonly Trade[]> {
    return this.#client.trades(this.#symbol, { from, to: from + DAY_MS, limit: MOST_TRADES });
  }

  /** @param to Before it are all that there are of the `bars`, which may be none; epoch ms. */
  #begin(bars: readonly ChartCandle[], to: number | undefined, trades: readonly Trade[]): void {
    if (this.#series === undefined) this.#complete = bars.length < PAGE;
    const first = bars[0]?.start ?? (to === undefined ? -Infinity : intervalStart(this.#interval, to));
    const older = this.#series?.candles.filter(({ start }) => start < first) ?? [];
    this.#series = new CandleSeries(this.#interval, [...older, ...bars]);
    this.#series.add(trades);
    this.#rough = undefined;
  }

  /** A minute with more trades than are fetched begins with what is stored of it. */
  async #beginRoughly(at: number, heard: readonly Trade[]): Promise<void> {
    const [bars, last] = await Promise.all([
      this.#bars(undefined),
      this.#client.trades(this.#symbol, { from: at - DAY_MS, to: at + DAY_MS, limit: 1 }),
    ]);
    this.#begin(bars, undefined, []);
    this.#series?.skip(last);
    this.#series?.add(heard);
    this.#rough = intervalStart("1m", last[0]?.eventTime ?? 0);
  }
}

/** Before it all is stored as it stays: a minute before the newest trade; of days, the day itself, which the trade says all of. */
function cutBefore({ eventTime }: Trade, of: "1m" | "1d"): number {
  return intervalStart(of, of === "1m" ? eventTime - MINUTE_MS : eventTime);
}
