import { Projection, type ProjectionReader } from "../books/projection.ts";
import type { Clock } from "../core/clock.ts";
import type { Trade } from "../market/trade.ts";
import type { EventLog, LogRecord } from "../ports/event_log.ts";

/** How often listeners are told, in ms. */
const EVERY_MS = 250;
/** More trades than this in one telling, and only the last of each symbol is told. */
const MOST = 1_000;

/** Live trades for the console: the trades topic is read only while somebody listens. */
export class MarketHub implements ProjectionReader<Trade> {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #listeners = new Set<(trades: readonly Trade[]) => void>();
  #pending: Trade[] = [];
  #gatherAt = 2 * MOST;
  #stop: AbortController | undefined;

  constructor(options: { log: EventLog; clock: Clock }) {
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** Calls `listener` with the trades of each quarter of a second, until the answered function is called. */
  listen(listener: (trades: readonly Trade[]) => void): () => void {
    this.#listeners.add(listener);
    if (this.#stop === undefined) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = undefined;
      this.#pending = [];
    };
  }

  #start(): void {
    const { signal } = this.#stop = new AbortController();
    const clock = this.#clock;
    const trades = new Projection({ log: this.#log, topic: "trades", readers: [this], newest: 0 });
    trades.follow({ clock, random: Math.random, signal });
    this.#tell(signal);
  }

  async #tell(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(EVERY_MS, signal);
      const trades = this.#pending.length > MOST ? lastOfEach(this.#pending) : this.#pending;
      if (trades.length === 0 || signal.aborted) continue;
      this.#pending = [];
      for (const listener of this.#listeners) listener(trades);
    }
  }

  /** A record that is no trade is the stream's to dead-letter; here it is passed over. */
  decode({ value }: LogRecord): Trade | undefined {
    return value === null ? undefined : tradeOf(value);
  }

  apply(trade: Trade): void {
    this.#pending.push(trade);
    if (this.#pending.length < this.#gatherAt) return;
    this.#pending = lastOfEach(this.#pending);
    // As many again may come before the next gathering, however many symbols there are.
    this.#gatherAt = Math.max(2 * MOST, 2 * this.#pending.length);
  }
}

function tradeOf(value: Uint8Array): Trade | undefined {
  try {
    const trade = JSON.parse(new TextDecoder().decode(value));
    return typeof trade?.symbol === "string" && typeof trade.price === "number" ? trade : undefined;
  } catch {
    return undefined;
  }
}

function lastOfEach(trades: readonly Trade[]): Trade[] {
  return [...new Map(trades.map((trade) => [trade.symbol, trade])).values()];
}
