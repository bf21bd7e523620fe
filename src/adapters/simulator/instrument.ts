import type { Random } from "../../core/backoff.ts";
import type { ListedSymbol } from "../../market/directory.ts";
import {
  AUCTION_RANDOM_END_MS,
  type PriceLimits,
  priceLimits,
  STATIC_VI_PERCENT,
  VI_AUCTION_MS,
} from "../../market/limits.ts";
import { MAX_UNITS } from "../../market/decimal.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import { floorToTick, priceAbove, priceBelow } from "../../market/tick_size.ts";
import type { Sign, Trade } from "../../market/trade.ts";
import { DayTotals } from "./day_totals.ts";

/** How long the opening auction of a simulated day takes, ms; up to as much again at random. */
const OPENING_MS = 2_000;
/** How far beyond the last price a trade may go, steps. */
const MAX_STEPS = 3;
/** How often a price rises or falls without a reason, each; and how much more often in the direction of a run. */
const WANDER = 0.28;
/** Won of the smallest trades. */
const SMALL_TRADE_WON = 200_000;

/** Of a symbol without limits: what the engine can count. */
const UNLIMITED: PriceLimits = { lower: 1, upper: MAX_UNITS };

/** An auction that is running: HOUR_CLS_CODE B before the opening, C in a volatility interruption. */
interface Auction {
  readonly code: "B" | "C";
  /** Epoch ms. */
  readonly until: number;
  /** Won; the price that is expected. */
  price: number;
  volume: number;
}

/** Why a symbol moves more than the others for a while. */
export interface Run {
  readonly direction: 1 | -1;
  /** Epoch ms. */
  readonly until: number;
}

/** One symbol of the simulated market: its price, its day so far, its auctions. */
export class Instrument {
  readonly listed: ListedSymbol;
  readonly halted: boolean;
  run: Run | undefined;
  /** Won. */
  price: number;
  limits: PriceLimits = { lower: 0, upper: 0 };
  #base = 0;
  #day = -1;
  #totals = new DayTotals();
  /** The last single price: ±10 % from it begins a volatility interruption. */
  #viBase = 0;
  #lastBought = true;
  #auction: Auction | undefined;
  readonly #random: Random;

  constructor(listed: ListedSymbol, halted: boolean, random: Random) {
    this.listed = listed;
    this.halted = halted;
    this.price = listed.basePrice;
    this.#random = random;
  }

  get accVolume(): number {
    return this.#totals.accVolume;
  }

  get inAuction(): Auction | undefined {
    return this.#auction;
  }

  /** Whether a volatility interruption runs. */
  get interrupted(): boolean {
    return this.#auction?.code === "C";
  }

  /** Goes on from a trade that was published before a restart: within its day, or into the next. */
  resume(last: Trade, now: number): void {
    this.price = last.price;
    if (seoulDay(last.eventTime) !== seoulDay(now)) return;
    this.#day = seoulDay(now);
    this.#base = last.price - last.change;
    this.limits = this.#limitsOfDay();
    this.#totals = DayTotals.from(last);
    this.#viBase = last.viBase ?? last.open;
  }

  /** What is known of the symbol on the day of a time, before its first trade; undefined: it has begun already. */
  dayAhead(now: number) {
    const day = seoulDay(now);
    if (day === this.#day) return undefined;
    const { type: kind, name } = this.listed;
    const basePrice = floorToTick({ ...this.#at(this.price), day });
    return { day, basePrice, limits: priceLimits({ kind, name, basePrice, day }) };
  }

  /** The symbol's next record: a trade, an auction's expected price, or word of its halt. */
  next(now: number): Trade {
    if (seoulDay(now) !== this.#day) this.#startDay(now);
    if (this.halted) return this.#record(now, { volume: 0, price: this.price });
    const auction = this.#auction;
    if (auction !== undefined) {
      return now < auction.until ? this.#expect(auction, now) : this.#endAuction(auction, now);
    }
    const price = this.#drawPrice();
    const reached = Math.abs(price - this.#viBase) * 100 >= this.#viBase * STATIC_VI_PERCENT;
    const atLimit = price === this.limits.upper || price === this.limits.lower;
    return reached && !atLimit ? this.#interrupt(price, now) : this.#trade(price, this.#drawVolume(), now);
  }

  /** Best ask and bid, won; 0 where there is none, at a limit. */
  best(): { ask: number; bid: number } {
    const { upper, lower } = this.limits;
    if (this.price >= upper) return { ask: 0, bid: upper };
    if (this.price <= lower) return { ask: lower, bid: 0 };
    const ask = this.#lastBought ? this.price : priceAbove(this.#at(this.price));
    const bid = this.#lastBought ? priceBelow(this.#at(this.price)) : this.price;
    return { ask: ask > upper ? 0 : ask, bid: bid < lower ? 0 : bid };
  }

  /** A new day: yesterday's close is the base price, and an auction finds the opening price. */
  #startDay(now: number): void {
    this.#day = seoulDay(now);
    this.#base = floorToTick(this.#at(this.price));
    this.limits = this.#limitsOfDay();
    this.#totals = new DayTotals();
    this.#viBase = this.#base;
    const gap = this.run === undefined
      ? (this.#random() - 0.5) * 0.02
      : this.run.direction * (0.2 + this.#random() * 0.07);
    const price = this.#withinLimits(floorToTick(this.#at(this.#base * (1 + gap))));
    const until = now + OPENING_MS * (1 + this.#random());
    this.#auction = { code: "B", until, price, volume: 10 * this.#drawVolume() };
  }

  #interrupt(price: number, now: number): Trade {
    const until = now + VI_AUCTION_MS + this.#random() * AUCTION_RANDOM_END_MS;
    this.#auction = { code: "C", until, price, volume: 5 * this.#drawVolume() };
    return this.#expect(this.#auction, now);
  }

  #expect(auction: Auction, now: number): Trade {
    const draw = this.#random();
    if (draw < 0.3) auction.price = this.#withinLimits(priceAbove(this.#at(auction.price)));
    else if (draw > 0.7) auction.price = this.#withinLimits(priceBelow(this.#at(auction.price)));
    auction.volume += this.#drawVolume();
    return this.#record(now, { price: auction.price, volume: auction.volume, session: auction.code });
  }

  /** The auction's single price, from which the next volatility interruption is measured. */
  #endAuction(auction: Auction, now: number): Trade {
    this.#auction = undefined;
    this.#viBase = auction.price;
    return this.#trade(auction.price, auction.volume, now);
  }

  #trade(price: number, volume: number, now: number): Trade {
    this.#lastBought = price > this.price || (price === this.price && this.#random() < 0.5);
    this.price = price;
    this.#totals.add({ price, volume, bought: this.#lastBought, now });
    return this.#record(now, { price, volume });
  }

  #record(now: number, what: { price: number; volume: number; session?: string }): Trade {
    const { price, volume, session } = what;
    const change = price - this.#base;
    return {
      symbol: this.listed.symbol,
      eventTime: now - (now % 1000),
      price,
      sign: this.#signOf(price),
      change,
      rate: Math.round((change / this.#base) * 10_000) / 100,
      volume,
      ...this.best(),
      halted: this.halted ? "Y" : "N",
      ...(session === undefined ? {} : { session }),
      side: session !== undefined ? "3" : this.#lastBought ? "1" : "5",
      viBase: this.#viBase,
      phase: session === "B" ? "10" : "20",
      // A market that never closes is always in its regular session, whatever the time.
      marketSession: "regular",
      ...this.#totals.fields(),
    };
  }

  #limitsOfDay(): PriceLimits {
    const { type: kind, name } = this.listed;
    return priceLimits({ kind, name, basePrice: this.#base, day: this.#day }) ?? UNLIMITED;
  }

  #signOf(price: number): Sign {
    if (price >= this.limits.upper) return "1";
    if (price <= this.limits.lower) return "4";
    return price > this.#base ? "2" : price < this.#base ? "5" : "3";
  }

  #drawPrice(): number {
    const draw = this.#random();
    const { run } = this;
    // Without a run a price wanders and is drawn back to where the day began.
    const pull = run === undefined ? ((this.#base - this.price) / this.#base) * 0.5 : run.direction * WANDER;
    const up = WANDER + pull;
    const down = WANDER - pull;
    if (draw >= up && draw < 1 - down) return this.price;
    const steps = 1 + Math.floor(this.#random() * (run === undefined ? 2 : MAX_STEPS));
    let price = this.price;
    for (let step = 0; step < steps; step++) {
      price = draw < up ? priceAbove(this.#at(price)) : priceBelow(this.#at(price));
    }
    return this.#withinLimits(price);
  }

  /** Many small trades and a few large ones. */
  #drawVolume(): number {
    const won = SMALL_TRADE_WON / (0.02 + this.#random() * this.#random());
    return Math.max(1, Math.round(won / this.price));
  }

  #withinLimits(price: number): number {
    return Math.min(this.limits.upper, Math.max(this.limits.lower, price));
  }

  #at(price: number) {
    return { type: this.listed.type, price, day: this.#day };
  }
}
