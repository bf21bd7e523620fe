import type { RecordPack } from "../../core/record_pack.ts";
import { lookBackFrom, MOST_LOOK_BACK_DAYS } from "../../market/look_back.ts";
import type { StatusEvent } from "../../market/market_event.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { CandleDay, CandleRange } from "./position.ts";

/** Remembers where in the candles topic each day's candles and the statuses in effect stand. */
export class CandlePlaces {
  #to: number;
  /** Of today and the days that a measure may look back at: a candle of each may still come. */
  readonly #firstOfDay: Map<number, number>;
  readonly #statuses = new Map<string, number>();

  /**
   * @param to the offset after the last record that counts.
   * @param days what was known of them.
   */
  constructor(to: number, days: readonly CandleDay[] = []) {
    this.#to = to;
    this.#firstOfDay = new Map(days);
  }

  /** Notes a candle that was read back. @param start of its minute, epoch ms. */
  noteCandle(start: number, offset: number): void {
    this.#note(seoulDay(start), offset);
    this.#to = Math.max(this.#to, offset + 1);
  }

  /** Notes candles that were written one behind the other, the first at an offset: each may be of any of their days. */
  notePack({ count, oldestTimestamp, newestTimestamp }: RecordPack, offset: number): void {
    const newest = seoulDay(newestTimestamp);
    for (let day = seoulDay(oldestTimestamp); day <= newest; day++) this.#note(day, offset);
    this.#to = Math.max(this.#to, offset + count);
  }

  #note(day: number, offset: number): void {
    this.#firstOfDay.set(day, Math.min(offset, this.#firstOfDay.get(day) ?? Infinity));
  }

  noteStatus({ symbol, halted, vi }: StatusEvent, offset: number): void {
    if (halted === "Y" || vi === "Y") this.#statuses.set(symbol, offset);
    else this.#statuses.delete(symbol);
    this.#to = Math.max(this.#to, offset + 1);
  }

  /** The offset after the last record that counts. */
  get to(): number {
    return this.#to;
  }

  /** Where the days begin, those that no measure reads forgotten. */
  days(watermark: number): readonly CandleDay[] {
    const oldest = lookBackFrom(seoulDay(watermark), MOST_LOOK_BACK_DAYS);
    for (const day of this.#firstOfDay.keys()) if (day < oldest) this.#firstOfDay.delete(day);
    return [...this.#firstOfDay].sort(([one], [other]) => one - other);
  }

  /**
   * What is to be read back when the partition's time is in a day.
   *
   * @param lookBack see `Engine.lookBack`.
   */
  range(watermark: number, lookBack: number): CandleRange {
    const first = lookBackFrom(seoulDay(watermark), Math.max(0, lookBack));
    const offsets = this.days(watermark).flatMap(([day, offset]) => day < first ? [] : [offset]);
    return { from: Math.min(this.#to, ...offsets, ...this.#statuses.values()), to: this.#to };
  }
}
