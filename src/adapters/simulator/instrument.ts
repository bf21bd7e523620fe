import type { Random } from "../../core/backoff.ts";
import type { ListedSymbol } from "../../market/directory.ts";
import {
  AUCTION_RANDOM_END_MS,
  type PriceLimits,
  priceLimits,
  STATIC_VI_PERCENT,
  VI_AUCTION_MS,
} from "../../market/limits.ts";
import { hourOf, seoulDay } from "../../market/seoul_time.ts";
import { floorToTick, priceAbove, priceBelow } from "../../market/tick_size.ts";
import type { Sign, Trade } from "../../market/trade.ts";

/** How long the opening auction of a simulated day takes, ms; up to as much again at random. */
const OPENING_MS = 2_000;
/** How far beyond the last price a trade may go, steps. */
const MAX_STEPS = 3;

/** An auction that is running: HOUR_CLS_CODE B before the opening, C in a volatility interruption. */
interface Auction {
  readonly code: "B" | "C";
  readonly until: number;
  /** Won; the price that is expected. */
  price: number;
  volume: number;
}

/** Why a symbol moves more than the others for a while. */
export interface Run {
  readonly direction: 1 | -1;
  readonly until: number;
}

/** One symbol of the simulated market: its price, its day so far, its auctions. */
export class Instrument {
  readonly listed: ListedSymbol;
  readonly halted: boolean;
  run: Run | undefined;
  limits!: PriceLimits;
  price: number;
  base!: number;
  #day = -1;
  #open = 0;
  #high = 0;
  #low = 0;
  #openHour = "";
  #highHour = "";
  #lowHour = "";
  #accVolume = 0;
  #accValue = 0;
  #sellCount = 0;
  #buyCount = 0;
  #sellVolume = 0;
  #buyVolume = 0;
  #viBase = 0;
  #lastSide: "1" | "5" = "1";
  #auction: Auction | undefined;
  readonly #random: Random;

  constructor(listed: ListedSymbol, halted: boolean, random: Random) {
    this.listed = listed;
    this.halted = halted;
    this.price = listed.basePrice;
    this.#random = random;
  }

  get accVolume(): number {
    return this.#accVolume;
  }

  get inAuction(): Auction | undefined {
    return this.#auction;
  }

  /** Goes on from a trade that was published before a restart. */
  resume(last: Trade, now: number): void {
    this.price = last.price;
    if (seoulDay(last.eventTime) !== seoulDay(now)) return;
    this.#day = seoulDay(now);
    this.base = last.price - last.change;
    this.limits = priceLimits(this.listed.type, this.base, this.#day);
    this.#open = last.open;
    this.#high = last.high;
    this.#low = last.low;
    this.#openHour = String(last.openHour ?? hourOf(now));
    this.#highHour = String(last.highHour ?? hourOf(now));
    this.#lowHour = String(last.lowHour ?? hourOf(now));
    this.#accVolume = last.accVolume;
    this.#accValue = last.accValue;
    this.#sellCount = Number(last.sellCount ?? 0);
    this.#buyCount = Number(last.buyCount ?? 0);
    this.#sellVolume = Number(last.sellVolume ?? 0);
    this.#buyVolume = Number(last.buyVolume ?? 0);
    this.#viBase = last.viBase ?? last.open;
  }

  /** The symbol's next record: a trade, an auction's expected price, or word of its halt. */
  next(now: number): Trade {
    if (seoulDay(now) !== this.#day) this.#startDay(now);
    if (this.halted) return this.#record(now, { volume: 0, price: this.price });
    const auction = this.#auction;
    if (auction !== undefined) {
      return now < auction.until ? this.#expect(auction, now) : this.#settle(auction, now);
    }
    const price = this.#drawPrice();
    if (Math.abs(price - this.#viBase) * 100 >= this.#viBase * STATIC_VI_PERCENT && !this.#atLimit(price)) {
      return this.#interrupt(price, now);
    }
    return this.#trade(price, this.#drawVolume(), now);
  }

  /** Best ask and bid, won; 0 where there is none, at a limit. */
  best(): { ask: number; bid: number } {
    const { upper, lower } = this.limits;
    const buying = this.#lastSide === "1";
    let ask = buying ? this.price : priceAbove(this.#at(this.price));
    let bid = buying ? priceBelow(this.#at(this.price)) : this.price;
    if (this.price >= upper) [ask, bid] = [0, upper];
    if (this.price <= lower) [ask, bid] = [lower, 0];
    return { ask: ask > upper ? 0 : ask, bid: bid < lower ? 0 : bid };
  }

  #startDay(now: number): void {
    const day = seoulDay(now);
    this.base = floorToTick({ type: this.listed.type, price: this.price, day });
    this.limits = priceLimits(this.listed.type, this.base, day);
    this.#day = day;
    this.#accVolume =
      this.#accValue =
      this.#open =
      this.#high =
      this.#low =
        0;
    this.#sellCount =
      this.#buyCount =
      this.#sellVolume =
      this.#buyVolume =
        0;
    this.#viBase = this.base;
    const gap = this.run === undefined
      ? (this.#random() - 0.5) * 0.02
      : this.run.direction * (0.2 + this.#random() * 0.07);
    const price = this.#clamp(this.base * (1 + gap), day);
    const until = now + OPENING_MS * (1 + this.#random());
    this.#auction = { code: "B", until, price, volume: 10 * this.#drawVolume() };
  }

  #interrupt(price: number, now: number): Trade {
    const until = now + VI_AUCTION_MS + this.#random() * AUCTION_RANDOM_END_MS;
    this.#auction = { code: "C", until, price, volume: 5 * this.#drawVolume() };
    return this.#expect(this.#auction, now);
  }

  #expect(auction: Auction, now: number): Trade {
    const step = this.#random();
    if (step < 0.3) auction.price = Math.min(this.limits.upper, priceAbove(this.#at(auction.price)));
    else if (step > 0.7) auction.price = Math.max(this.limits.lower, priceBelow(this.#at(auction.price)));
    auction.volume += this.#drawVolume();
    return this.#record(now, { price: auction.price, volume: auction.volume, session: auction.code });
  }

  /** The auction's single price, from which the next volatility interruption is measured. */
  #settle(auction: Auction, now: number): Trade {
    this.#auction = undefined;
    this.#viBase = auction.price;
    return this.#trade(auction.price, auction.volume, now);
  }

  #trade(price: number, volume: number, now: number): Trade {
    const hour = hourOf(now);
    this.#lastSide = price > this.price || (price === this.price && this.#random() < 0.5) ? "1" : "5";
    this.price = price;
    this.#accVolume += volume;
    this.#accValue += volume * price;
    if (this.#lastSide === "1") {
      this.#buyCount++;
      this.#buyVolume += volume;
    } else {
      this.#sellCount++;
      this.#sellVolume += volume;
    }
    if (this.#open === 0) [this.#open, this.#openHour] = [price, hour];
    if (price > this.#high) [this.#high, this.#highHour] = [price, hour];
    if (this.#low === 0 || price < this.#low) [this.#low, this.#lowHour] = [price, hour];
    return this.#record(now, { price, volume });
  }

  #record(now: number, what: { price: number; volume: number; session?: string }): Trade {
    const { price, volume, session } = what;
    const { ask, bid } = this.best();
    const change = price - this.base;
    const perCent = (part: number, whole: number) =>
      whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 100;
    return {
      symbol: this.listed.symbol,
      eventTime: now - (now % 1000),
      price,
      sign: this.#signOf(price),
      change,
      rate: perCent(change, this.base),
      open: this.#open,
      high: this.#high,
      low: this.#low,
      volume,
      accVolume: this.#accVolume,
      accValue: this.#accValue,
      ask,
      bid,
      halted: this.halted ? "Y" : "N",
      ...(session === undefined ? {} : { session }),
      side: session === undefined ? this.#lastSide : "3",
      strength: perCent(this.#buyVolume, this.#sellVolume),
      weightedAverage: this.#accVolume === 0 ? 0 : Math.round((this.#accValue / this.#accVolume) * 100) / 100,
      viBase: this.#viBase,
      turnover: 0,
      sellCount: this.#sellCount,
      buyCount: this.#buyCount,
      sellVolume: this.#sellVolume,
      buyVolume: this.#buyVolume,
      buyRate: Math.round((this.#buyVolume / Math.max(1, this.#accVolume)) * 100) / 100,
      openHour: this.#openHour || undefined,
      highHour: this.#highHour || undefined,
      lowHour: this.#lowHour || undefined,
      phase: session === "B" ? "10" : "20",
    };
  }

  #signOf(price: number): Sign {
    if (price >= this.limits.upper) return "1";
    if (price <= this.limits.lower) return "4";
    return price > this.base ? "2" : price < this.base ? "5" : "3";
  }

  #drawPrice(): number {
    const draw = this.#random();
    const { run } = this;
    // Without a run a price wanders and is drawn back to where the day began.
    const pull = run === undefined ? ((this.base - this.price) / this.base) * 0.5 : run.direction * 0.28;
    const up = 0.28 + pull;
    if (draw >= up && draw < 0.44 + 0.28) return this.price;
    const steps = 1 + Math.floor(this.#random() * (run === undefined ? 2 : MAX_STEPS));
    let price = this.price;
    for (let step = 0; step < steps; step++) {
      price = draw < up ? priceAbove(this.#at(price)) : priceBelow(this.#at(price));
    }
    return Math.min(this.limits.upper, Math.max(this.limits.lower, price));
  }

  /** Many small trades and a few large ones, worth a few million won each. */
  #drawVolume(): number {
    const won = 200_000 * (1 / (0.02 + this.#random() * this.#random()));
    return Math.max(1, Math.round(won / this.price));
  }

  #clamp(price: number, day: number): number {
    const onGrid = floorToTick({ type: this.listed.type, price, day });
    return Math.min(this.limits.upper, Math.max(this.limits.lower, onGrid));
  }

  #atLimit(price: number): boolean {
    return price === this.limits.upper || price === this.limits.lower;
  }

  #at(price: number) {
    return { type: this.listed.type, price, day: this.#day };
  }
}
