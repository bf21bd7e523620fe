import type { Random } from "../../src/core/backoff.ts";
import { Signal } from "../../src/core/signal.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { ListedSymbol } from "../../src/market/directory.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../../src/ports/tick_source.ts";

/** What has been traded of a symbol on the simulated day. */
interface Day {
  readonly open: number;
  high: number;
  low: number;
  accVolume: number;
  accValue: number;
}

/** The exchange: makes trades, and hands them to whoever listens. What nobody listens to is gone. */
export class Exchange {
  readonly #days = new Map<string, Day>();
  readonly #listeners = new Set<Listener>();

  /** A trade of a symbol within 1 % of its base price. @param eventTime epoch ms. */
  trade({ symbol, basePrice }: ListedSymbol, eventTime: number, random: Random): Trade {
    const price = Math.max(1, Math.round(basePrice * (1 + (random() - 0.5) / 50)));
    const volume = 1 + Math.floor(random() * 100);
    const day = this.#days.get(symbol) ?? { open: price, high: price, low: price, accVolume: 0, accValue: 0 };
    this.#days.set(symbol, day);
    day.high = Math.max(day.high, price);
    day.low = Math.min(day.low, price);
    day.accVolume += volume;
    day.accValue += volume * price;
    const change = price - basePrice;
    return {
      symbol,
      eventTime,
      price,
      sign: change > 0 ? "2" : change < 0 ? "5" : "3",
      change,
      rate: Math.round(change / basePrice * 10_000) / 100,
      open: day.open,
      high: day.high,
      low: day.low,
      volume,
      accVolume: day.accVolume,
      accValue: day.accValue,
      ask: price + 10,
      bid: Math.max(1, price - 10),
      halted: "N",
    };
  }

  /** Gives trades to the feeds. @param receivedAt epoch ms. */
  publish(trades: readonly Trade[], receivedAt: number): void {
    const events = trades.map((trade): SourceEvent => ({
      type: "trade",
      bytes: new TextEncoder().encode(encodeTrade(trade)),
      receivedAt,
    }));
    for (const listener of this.#listeners) listener.push(events);
  }

  /** Says that something may have been missed. */
  gap(at: number): void {
    for (const listener of this.#listeners) listener.push([{ type: "gap", reason: "the line was down", at }]);
  }

  source(): TickSource {
    return new Listener(this.#listeners);
  }
}

class Listener implements TickSource {
  readonly name = "exchange";
  readonly #listeners: Set<Listener>;
  readonly #grown = new Signal();
  #waiting: SourceEvent[] = [];

  constructor(listeners: Set<Listener>) {
    this.#listeners = listeners;
  }

  push(events: readonly SourceEvent[]): void {
    this.#waiting.push(...events);
    this.#grown.notify();
  }

  async *events(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    this.#listeners.add(this);
    try {
      while (!signal.aborted) {
        const grown = this.#grown.wait(signal);
        if (this.#waiting.length > 0) yield this.#waiting.splice(0, 200);
        else await grown;
      }
    } finally {
      this.#listeners.delete(this);
    }
  }

  inSession(): boolean {
    return true;
  }

  status(): SourceStatus {
    return { state: "open", detail: "the simulated exchange" };
  }
}
