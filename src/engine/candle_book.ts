import { type LastTrade, measuredPart, type MinuteCandle } from "../market/minute_candle.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import {
  CANDLE_CLOSE,
  CANDLE_HIGH,
  CANDLE_LOW,
  CANDLE_MINUTE,
  CANDLE_OPEN,
  CANDLE_SIZE,
  CANDLE_SYMBOL,
  CANDLE_TRADES,
  CANDLE_VALUE,
  CANDLE_VOLUME,
  MINUTE_MS,
  SESSION_COPY,
  SESSION_COPY_LENGTH,
  SESSION_COUNT,
  SESSION_HIGH,
  SESSION_INPUT,
  SESSION_INPUT_LENGTH,
  SESSION_LOW,
  SESSION_ORDER,
  SESSION_SIZE,
  STATE_SESSIONS,
} from "../../wasm/layout.ts";
import type { EngineExports } from "./module.ts";
import type { Symbols } from "./symbols.ts";
import type { Views } from "./views.ts";

const decoder = new TextDecoder();

const NO_TRADES: readonly LastTrade[] = [];

/** The candles that have closed, for as long as a trade may come that belongs to one. */
export class CandleBook {
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #symbols: Symbols;
  /**
   * Without last trades: an hour of a whole market's would be a hundred thousand objects, and a restart reads every record
   * of a minute, so that a later one need not repeat those of an earlier.
   */
  readonly #closed = new Map<string, MinuteCandle>();
  #changed = new Map<string, MinuteCandle>();
  #minute = 0;

  constructor(wasm: EngineExports, views: Views, symbols: Symbols) {
    this.#wasm = wasm;
    this.#views = views;
    this.#symbols = symbols;
  }

  /** The first event time after the minute that forms. */
  get end(): number {
    return (this.#minute + 1) * MINUTE_MS;
  }

  /** The partition's time is in the minute of a time: closes the candles before it; answers whether it is a new one. */
  reach(time: number): boolean {
    const minute = Math.floor(time / MINUTE_MS);
    if (minute <= this.#minute) return false;
    this.#minute = minute;
    const count = this.#wasm.closeCandles(minute);
    for (let each = 0; each < count; each++) this.#readClosed(each);
    return true;
  }

  /** Takes the trades of closed minutes that the module has handed over. */
  takeLate(count: number): void {
    const { f64, i32, u32 } = this.#views;
    for (let each = 0; each < count; each++) {
      const at = (this.#wasm.candlesAddress() >>> 0) + each * CANDLE_SIZE;
      const index = u32[(at + CANDLE_SYMBOL) >> 2] as number;
      const symbol = this.#symbols.textOf(index) as Symbol;
      const price = i32[(at + CANDLE_CLOSE) >> 2] as number;
      const volume = f64[(at + CANDLE_VOLUME) >> 3] as number;
      const start = (u32[(at + CANDLE_MINUTE) >> 2] as number) * MINUTE_MS;
      const candle = withTrade(this.#closed.get(keyOf(symbol, start)), { symbol, start, price, volume });
      // The latest of its symbol though it is late: the others are further behind.
      this.#put(candle, this.#lastTrades(index, start / MINUTE_MS));
    }
  }

  /** What has closed or changed since the last time. */
  take(): readonly MinuteCandle[] {
    if (this.#changed.size === 0) return [];
    const changed = [...this.#changed.values()];
    this.#changed = new Map();
    return changed;
  }

  /** Takes a candle that was closed before a restart. */
  restore(candle: MinuteCandle): void {
    this.#closed.set(keyOf(candle.symbol, candle.start), { ...candle, last: NO_TRADES });
  }

  /** Forgets the candles that no trade can come to any more. */
  forgetBefore(time: number): void {
    for (const [key, { start }] of this.#closed) if (start + MINUTE_MS <= time) this.#closed.delete(key);
  }

  #put(candle: MinuteCandle, last: readonly LastTrade[]): void {
    const key = keyOf(candle.symbol, candle.start);
    const before = this.#changed.get(key)?.last ?? NO_TRADES;
    this.#closed.set(key, candle);
    this.#changed.set(key, { ...candle, last: before.length === 0 ? last : [...before, ...last] });
  }

  #readClosed(each: number): void {
    const { f64, i32, u32 } = this.#views;
    const at = (this.#wasm.candlesAddress() >>> 0) + each * CANDLE_SIZE;
    const number = (field: number) => i32[(at + field) >> 2] as number;
    const index = u32[(at + CANDLE_SYMBOL) >> 2] as number;
    const minute = u32[(at + CANDLE_MINUTE) >> 2] as number;
    const symbol = this.#symbols.textOf(index) as Symbol;
    const candle = {
      symbol,
      start: minute * MINUTE_MS,
      open: number(CANDLE_OPEN),
      high: number(CANDLE_HIGH),
      low: number(CANDLE_LOW),
      close: number(CANDLE_CLOSE),
      volume: f64[(at + CANDLE_VOLUME) >> 3] as number,
      value: f64[(at + CANDLE_VALUE) >> 3] as number,
      trades: number(CANDLE_TRADES),
      last: NO_TRADES,
    };
    this.#put(candle, this.#lastTrades(index, minute));
  }

  /** The symbol's last trades that are of a minute. */
  #lastTrades(index: number, minute: number): LastTrade[] {
    const { i32, u32, u8 } = this.#views;
    const lasts: LastTrade[] = [];
    for (let session = 0; session < SESSION_COUNT; session++) {
      const slot = ((this.#wasm.stateAddress(index) >>> 0) + STATE_SESSIONS + session * SESSION_SIZE) >> 2;
      if (u32[slot + (SESSION_ORDER >> 2)] === 0) continue;
      const input = u32[slot + (SESSION_INPUT >> 2)] as number;
      const from = input === 0 ? u32[slot + (SESSION_COPY >> 2)] as number : input;
      const length = u32[slot + ((input === 0 ? SESSION_COPY_LENGTH : SESSION_INPUT_LENGTH) >> 2)] as number;
      // The module has taken it: it is not judged again.
      const trade = JSON.parse(decoder.decode(u8.slice(from, from + length))) as Trade;
      if (Math.floor(trade.eventTime / MINUTE_MS) !== minute) continue;
      lasts.push({
        trade: measuredPart(trade),
        high: i32[slot + (SESSION_HIGH >> 2)] as number,
        low: i32[slot + (SESSION_LOW >> 2)] as number,
      });
    }
    return lasts;
  }
}

/** A candle with a trade more; its open and close stay: nobody knows whether the trade was before them. */
function withTrade(
  candle: MinuteCandle | undefined,
  trade: { symbol: Symbol; start: number; price: number; volume: number },
): MinuteCandle {
  const { symbol, start, price, volume } = trade;
  if (candle === undefined) {
    const value = price * volume;
    return {
      symbol,
      start,
      open: price,
      high: price,
      low: price,
      close: price,
      volume,
      value,
      trades: 1,
      last: [],
    };
  }
  return {
    ...candle,
    high: Math.max(candle.high, price),
    low: Math.min(candle.low, price),
    volume: candle.volume + volume,
    value: candle.value + price * volume,
    trades: candle.trades + 1,
  };
}

function keyOf(symbol: string, start: number): string {
  return `${symbol}@${start}`;
}
