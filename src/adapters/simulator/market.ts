import { type Random, seededRandom } from "../../core/backoff.ts";
import { assert } from "../../core/errors.ts";
import type { ListedSymbol } from "../../market/directory.ts";
import { joinFrame } from "../../market/kis/frame.ts";
import { writeQuote } from "../../market/kis/quote_record.ts";
import { STATUS_TR, writeStatus } from "../../market/kis/status_record.ts";
import { writeTrade } from "../../market/kis/trade_record.ts";
import type { SymbolReference } from "../../market/reference.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { Instrument } from "./instrument.ts";
import { orderBook } from "./order_book.ts";
import { simulatedReference } from "./reference.ts";

/** How many symbols run towards a limit at a time. */
const RUNNERS = 3;
/** How long a run lasts, ms: enough for two volatility interruptions and a while at the limit. */
const RUN_MS = 12 * 60_000;
/** How much more often a running symbol is traded than a common one. */
const RUNNER_WEIGHT = 14;
/** How often an order book follows a trade. */
const QUOTE_SHARE = 0.4;
/** How often a frame has more than one trade, and how many at most. */
const BURST_SHARE = 0.15;
const BURST_MAX = 4;

/** What a {@link SimulatedMarket} is made from. */
export interface SimulatedMarketOptions {
  readonly listing: readonly ListedSymbol[];
  readonly seed: number;
  /** Epoch ms: when the market begins. */
  readonly now: number;
  /** The last trades of an earlier run, to go on from. */
  readonly last?: ReadonlyMap<Symbol, Trade>;
}

/**
 * A market like KRX that never closes: prices on the tick grid within ±30 %, ten-level order books, an opening auction at
 * the start of each day in Seoul, volatility interruptions at ±10 %, one halted symbol, a few symbols on their way to a
 * limit. What it gives depends on the seed and the times it is asked at, on nothing else.
 */
export class SimulatedMarket {
  readonly instruments: readonly Instrument[];
  readonly #random: Random;
  /** Cumulative weights of the instruments without the runners' extra. */
  readonly #weights: readonly number[];
  readonly #seed: number;
  /** The day of Seoul that references were made for. */
  #known = -1;
  #nextRun = 0;

  constructor({ listing, seed, now, last }: SimulatedMarketOptions) {
    assert(listing.length > 0, "a market needs a symbol");
    this.#random = seededRandom(seed);
    this.#seed = seed;
    const halted = listing.length < 3 ? -1 : Math.floor(listing.length / 3);
    this.instruments = listing.map((listed, index) => new Instrument(listed, index === halted, this.#random));
    let sum = 0;
    // The first of the listing are the largest and are traded the most.
    this.#weights = listing.map((_, index) => sum += 1 + 6 / (1 + index / 8));
    if (last === undefined || last.size === 0) this.#startRuns(now, RUNNERS);
    for (const instrument of this.instruments) {
      const trade = last?.get(instrument.listed.symbol);
      if (trade !== undefined) instrument.resume(trade, now);
    }
  }

  /** What is known of each symbol on a day that begins with this time: once a day, before its first trade. */
  references(now: number): SymbolReference[] {
    if (seoulDay(now) === this.#known) return [];
    this.#known = seoulDay(now);
    return this.instruments.flatMap((instrument) => {
      const { listed, halted } = instrument;
      const ahead = instrument.dayAhead(now);
      return ahead === undefined ? [] : [simulatedReference(listed, { ...ahead, halted, seed: this.#seed })];
    });
  }

  /**
   * At least `trades` trades as KIS frames, with order books in between.
   *
   * @returns how many trades.
   */
  frames(trades: number, now: number, out: string[]): number {
    let made = 0;
    this.#keepRunning(now);
    while (made < trades) {
      const instrument = this.#pick();
      const burst = this.#random() < BURST_SHARE ? 2 + Math.floor(this.#random() * (BURST_MAX - 1)) : 1;
      const records = Array.from({ length: burst }, () => writeTrade(instrument.next(now)));
      out.push(joinFrame("H0STCNT0", records));
      made += burst;
      this.#sendStatus(instrument, now, out);
      if (this.#random() < QUOTE_SHARE) {
        out.push(joinFrame("H0STASP0", [writeQuote(orderBook(instrument, now, this.#random))]));
      }
    }
    return made;
  }

  /** What was sent last of each symbol's halt or volatility interruption. */
  readonly #sent = new Map<Instrument, boolean>();

  /** A status frame where a volatility interruption began or ended, and once for the halted symbol. */
  #sendStatus(instrument: Instrument, now: number, out: string[]): void {
    const { halted, interrupted, listed } = instrument;
    const stopped = halted || interrupted;
    if ((this.#sent.get(instrument) ?? false) === stopped) return;
    this.#sent.set(instrument, stopped);
    const status = {
      kind: "status",
      symbol: listed.symbol,
      eventTime: now,
      halted: halted ? "Y" : "N",
      vi: interrupted ? "Y" : "N",
    } as const;
    out.push(
      joinFrame(STATUS_TR.KRX, [writeStatus(halted ? { ...status, haltReason: "거래정지" } : status)]),
    );
  }

  /** Symbols that are on their way to a limit. */
  #runners: Instrument[] = [];

  #keepRunning(now: number): void {
    if (now < this.#nextRun) return;
    for (const ended of this.#runners.filter((runner) => (runner.run?.until ?? 0) <= now)) {
      ended.run = undefined;
    }
    this.#runners = this.#runners.filter((runner) => runner.run !== undefined);
    this.#startRuns(now, RUNNERS - this.#runners.length);
    this.#nextRun = now + 10_000;
  }

  #startRuns(now: number, count: number): void {
    for (let started = 0; started < count; started++) {
      const instrument = this.instruments[Math.floor(this.#random() * this.instruments.length)] as Instrument;
      if (instrument.halted || instrument.run !== undefined || instrument.listed.type !== "stock") continue;
      const until = now + RUN_MS * (0.5 + this.#random());
      instrument.run = { direction: this.#random() < 0.6 ? 1 : -1, until };
      this.#runners.push(instrument);
    }
  }

  #pick(): Instrument {
    const common = this.#weights[this.#weights.length - 1] as number;
    const draw = this.#random() * (common + this.#runners.length * RUNNER_WEIGHT);
    if (draw >= common) return this.#runners[Math.floor((draw - common) / RUNNER_WEIGHT)] as Instrument;
    let low = 0;
    let high = this.#weights.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#weights[middle] as number) > draw) high = middle;
      else low = middle + 1;
    }
    return this.instruments[low] as Instrument;
  }
}
