import type { RecordPack } from "../core/record_pack.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import { lookBackFrom } from "../market/look_back.ts";
import { seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import {
  CLOSED_CLOSE,
  CLOSED_HIGH,
  CLOSED_LOW,
  CLOSED_OPEN,
  CLOSED_TRADES,
  CLOSED_VALUE,
  CLOSED_VOLUME,
  MINUTE_MS,
} from "../../wasm/layout.ts";
import type { EngineExports } from "./module.ts";
import type { Symbols } from "./symbols.ts";
import type { ControlBlock, Views } from "./views.ts";

/** What candles are kept with. */
export interface CandleBookOptions {
  readonly wasm: EngineExports;
  readonly views: Views;
  readonly control: ControlBlock;
  readonly symbols: Symbols;
  /** How long after its time a trade may come, ms. */
  readonly graceMs: number;
}

/** Says when candles close, and takes them from the module as the records of the candles topic. */
export class CandleBook {
  readonly #options: CandleBookOptions;
  #packs: RecordPack[] = [];
  /** What the packs' bytes stand in, used again for the next ones. */
  readonly #buffers: Uint8Array[] = [];
  #minute = 0;
  #lookBack = 0;
  #from = 0;

  constructor(options: CandleBookOptions) {
    this.#options = options;
  }

  /** The first event time after the minute that forms. */
  get end(): number {
    return (this.#minute + 1) * MINUTE_MS;
  }

  /**
   * The partition's time is in the minute of a time: closes the candles before it.
   *
   * @returns whether it is a new one.
   */
  reach(time: number): boolean {
    const minute = Math.floor(time / MINUTE_MS);
    if (minute <= this.#minute) return false;
    this.#minute = minute;
    const { wasm } = this.#options;
    this.#sayFrom();
    while (wasm.closeCandles() === 0) this.#gather();
    return true;
  }

  /** The first ms whose closed candles count. */
  get from(): number {
    return this.#from;
  }

  /** Keeps candles of as many trading days before today; a longer time never becomes shorter. */
  lookBack(tradingDays: number): void {
    this.#lookBack = Math.max(this.#lookBack, tradingDays);
    this.#sayFrom();
  }

  /** Says from where on closed candles count: today's, those that a trade within the grace may be of, and what is read. */
  #sayFrom(): void {
    const { wasm, graceMs } = this.#options;
    const time = this.#minute * MINUTE_MS;
    const first = startOfSeoulDay(lookBackFrom(seoulDay(time), this.#lookBack));
    this.#from = Math.max(0, Math.min(first, time - graceMs));
    wasm.reachMinute(this.#minute, Math.floor(this.#from / MINUTE_MS));
  }

  /**
   * The records of candles that have closed or changed since the last time; a batch is done. Their bytes are good until the
   * next batch is evaluated.
   */
  take(): readonly RecordPack[] {
    while (this.#options.wasm.writeLateCandles() === 0) this.#gather();
    this.#gather();
    if (this.#packs.length === 0) return [];
    const packs = this.#packs;
    this.#packs = [];
    return packs;
  }

  /** Takes a candle that was closed before a restart. */
  restore(candle: MinuteCandle): void {
    const { wasm, views, symbols } = this.#options;
    const { start, open, high, low, close, trades, volume, value } = candle;
    const at = wasm.restoreCandle(symbols.indexOf(candle.symbol), start / MINUTE_MS) >>> 0;
    const { i32, f64 } = views;
    i32[(at + CLOSED_OPEN) >> 2] = open;
    i32[(at + CLOSED_HIGH) >> 2] = high;
    i32[(at + CLOSED_LOW) >> 2] = low;
    i32[(at + CLOSED_CLOSE) >> 2] = close;
    i32[(at + CLOSED_TRADES) >> 2] = trades;
    f64[(at + CLOSED_VOLUME) >> 3] = volume;
    f64[(at + CLOSED_VALUE) >> 3] = value;
  }

  #gather(): void {
    const { wasm, views, control } = this.#options;
    const address = wasm.takeCandles() >>> 0;
    const { candles: count } = control;
    if (count === 0) return;
    const { candleBytes: length } = control;
    const bytes = this.#buffer(this.#packs.length, length);
    bytes.set(views.u8.subarray(address, address + length));
    this.#packs.push({
      count,
      bytes,
      baseTimestamp: control.candleBase * MINUTE_MS,
      oldestTimestamp: control.candleOldest * MINUTE_MS,
      newestTimestamp: control.candleNewest * MINUTE_MS,
    });
  }

  #buffer(index: number, length: number): Uint8Array {
    let buffer = this.#buffers[index];
    if (buffer === undefined || buffer.length < length) {
      buffer = this.#buffers[index] = new Uint8Array(Math.max(16_384, length * 2));
    }
    return buffer.subarray(0, length);
  }
}
