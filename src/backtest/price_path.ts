/** A price on the way, and when. */
export interface PriceAt {
  /** Won. */
  readonly price: number;
  /** Epoch ms. */
  readonly at: number;
}

/** The prices of a symbol's day, in the order of time, as far as trades count. */
export class PricePath {
  readonly day: number;
  #times = new Float64Array(256);
  #prices = new Float64Array(256);
  #count = 0;
  /** How many of them are of the sessions that make the day's close; those after it are not on the way to it. */
  #untilClose = 0;
  #isSorted = true;

  /** @param day as `seoulDay` numbers them. */
  constructor(day: number) {
    this.day = day;
  }

  /** The times of its first and last price, epoch ms. */
  span(): { readonly from: number; readonly to: number } | undefined {
    this.#sort();
    if (this.#count === 0) return undefined;
    return { from: this.#times[0] as number, to: this.#times[this.#count - 1] as number };
  }

  /** Adds a counted trade. @param makesClose it is of a session whose last price is the day's close. */
  add({ price, at }: PriceAt, makesClose: boolean): void {
    if (this.#count === this.#times.length) this.#grow();
    if (this.#count > 0 && at < (this.#times[this.#count - 1] as number)) this.#isSorted = false;
    this.#times[this.#count] = at;
    this.#prices[this.#count] = price;
    this.#count++;
    if (makesClose) this.#untilClose = this.#count;
  }

  /** The last price of the sessions that make the close; undefined where the day has none. */
  close(): PriceAt | undefined {
    this.#sort();
    return this.#untilClose === 0 ? undefined : this.#at(this.#untilClose - 1);
  }

  /** The price that stood at a time: that of the last trade by then; undefined where the day's trades end before it. */
  priceAt(time: number): number | undefined {
    this.#sort();
    const place = this.#lastBy(time);
    if (place < 0 || time > (this.#times[this.#count - 1] as number)) return undefined;
    return this.#prices[place];
  }

  /** The highest and the lowest price from a time on until the close, or the day's end where the close was before. */
  extremes(from: number): { readonly highest: PriceAt; readonly lowest: PriceAt } | undefined {
    this.#sort();
    const first = Math.max(0, this.#lastBy(from));
    const end = first < this.#untilClose ? this.#untilClose : this.#count;
    if (first >= end) return undefined;
    let [highest, lowest] = [first, first];
    for (let place = first + 1; place < end; place++) {
      const price = this.#prices[place] as number;
      if (price > (this.#prices[highest] as number)) highest = place;
      if (price < (this.#prices[lowest] as number)) lowest = place;
    }
    return { highest: this.#at(highest), lowest: this.#at(lowest) };
  }

  #at(place: number): PriceAt {
    return { price: this.#prices[place] as number, at: this.#times[place] as number };
  }

  /** The place of the last price by a time; -1: there is none. */
  #lastBy(time: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #grow(): void {
    const size = this.#times.length * 2;
    const times = new Float64Array(size);
    const prices = new Float64Array(size);
    times.set(this.#times);
    prices.set(this.#prices);
    [this.#times, this.#prices] = [times, prices];
  }

  /** What was filled in after a gap came later than it was traded. */
  #sort(): void {
    if (this.#isSorted) return;
    const last = this.#untilClose === 0 ? -Infinity : this.#times[this.#untilClose - 1] as number;
    const places = Array.from({ length: this.#count }, (_, place) => place)
      .sort((a, b) => (this.#times[a] as number) - (this.#times[b] as number));
    const times = Float64Array.from(places, (place) => this.#times[place] as number);
    const prices = Float64Array.from(places, (place) => this.#prices[place] as number);
    [this.#times, this.#prices, this.#isSorted] = [times, prices, true];
    this.#untilClose = this.#lastBy(last) + 1;
  }
}
