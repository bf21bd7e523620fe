import type { RecordPack } from "../../core/record_pack.ts";
import type { StatusEvent } from "../../market/market_event.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { CandleRange } from "./position.ts";

/** Remembers where in the candles topic today's candles and the statuses in effect stand. */
export class CandlePlaces {
  #to: number;
  /** Of the newest day and the one before: a candle of it may still come. */
  readonly #firstOfDay = new Map<number, number>();
  readonly #statuses = new Map<string, number>();

  /** @param to the offset after the last record that counts. */
  constructor(to: number) {
    this.#to = to;
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

  /** What is to be read back when the partition's time is in a day. */
  range(watermark: number): CandleRange {
    const today = seoulDay(watermark);
    for (const day of this.#firstOfDay.keys()) if (day < today) this.#firstOfDay.delete(day);
    const from = Math.min(this.#to, ...this.#firstOfDay.values(), ...this.#statuses.values());
    return { from, to: this.#to };
  }
}
