import { hourOf } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";

/** What a symbol's day has come to so far: all zero before its first trade. */
export class DayTotals {
  open = 0;
  high = 0;
  low = 0;
  accVolume = 0;
  accValue = 0;
  sellCount = 0;
  buyCount = 0;
  sellVolume = 0;
  buyVolume = 0;
  #openHour: string | undefined;
  #highHour: string | undefined;
  #lowHour: string | undefined;

  /** The day as the last trade of it had it. */
  static from(last: Trade): DayTotals {
    const totals = new DayTotals();
    const number = (value: string | number | undefined) => Number(value ?? 0);
    totals.open = last.open;
    totals.high = last.high;
    totals.low = last.low;
    totals.accVolume = last.accVolume;
    totals.accValue = last.accValue;
    totals.sellCount = number(last.sellCount);
    totals.buyCount = number(last.buyCount);
    totals.sellVolume = number(last.sellVolume);
    totals.buyVolume = number(last.buyVolume);
    const hour = (value: string | number | undefined) => String(value ?? hourOf(last.eventTime));
    totals.#openHour = hour(last.openHour);
    totals.#highHour = hour(last.highHour);
    totals.#lowHour = hour(last.lowHour);
    return totals;
  }

  /** Adds a trade. */
  add(
    trade: {
      readonly price: number;
      readonly volume: number;
      readonly bought: boolean;
      readonly now: number;
    },
  ): void {
    const { price, volume, bought } = trade;
    const hour = hourOf(trade.now);
    this.accVolume += volume;
    this.accValue += volume * price;
    if (bought) {
      this.buyCount++;
      this.buyVolume += volume;
    } else {
      this.sellCount++;
      this.sellVolume += volume;
    }
    if (this.open === 0) [this.open, this.#openHour] = [price, hour];
    if (price > this.high) [this.high, this.#highHour] = [price, hour];
    if (this.low === 0 || price < this.low) [this.low, this.#lowHour] = [price, hour];
  }

  /** The fields of a trade record that are of the day. */
  fields() {
    const { open, high, low, accVolume, accValue, sellCount, buyCount, sellVolume, buyVolume } = this;
    return {
      open,
      high,
      low,
      accVolume,
      accValue,
      strength: twoDecimals((buyVolume / Math.max(1, sellVolume)) * 100),
      weightedAverage: twoDecimals(accValue / Math.max(1, accVolume)),
      sellCount,
      buyCount,
      sellVolume,
      buyVolume,
      buyRate: twoDecimals(buyVolume / Math.max(1, accVolume)),
      openHour: this.#openHour,
      highHour: this.#highHour,
      lowHour: this.#lowHour,
    };
  }
}

function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}
