import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Trade } from "../market/trade.ts";
import type { EventLog } from "../ports/event_log.ts";
import { logger } from "../telemetry/log.ts";

const log = logger("control");
const BACKOFF = { baseMs: 100, capMs: 5_000, floorMs: 50 };
/** How often listeners are told, in ms. */
const EVERY_MS = 250;
/** More trades than this in one telling, and only the last of each symbol is told. */
const MOST = 1_000;

/** Live trades for the console: the trades topic is read only while somebody listens. */
export class MarketHub {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #listeners = new Set<(trades: readonly Trade[]) => void>();
  #pending: Trade[] = [];
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
    const stop = this.#stop = new AbortController();
    this.#read(stop.signal);
    this.#tell(stop.signal);
  }

  async #tell(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(EVERY_MS, signal);
      const trades = this.#pending;
      if (trades.length === 0 || signal.aborted) continue;
      this.#pending = [];
      for (const listener of this.#listeners) listener(trades);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const count = await this.#log.partitions("trades");
        await Promise.all(Array.from({ length: count }, (_, partition) => this.#follow(partition, signal)));
      } catch (thrown) {
        if (signal.aborted) return;
        log.warn("cannot read the trades topic, trying again: {error}", { error: messageOf(thrown) });
        await this.#clock.sleep(backoffMs(attempt, BACKOFF, Math.random), signal);
      }
    }
  }

  async #follow(partition: number, signal: AbortSignal): Promise<void> {
    const { end } = await this.#log.bounds("trades", partition);
    for await (const batch of this.#log.read({ topic: "trades", partition, from: end, signal })) {
      for (const record of batch.records) {
        const trade = record.value && tradeOf(record.value);
        if (trade) this.#pending.push(trade);
      }
      if (this.#pending.length > MOST) this.#pending = lastOfEach(this.#pending);
    }
  }
}

/** A record that is no trade is the stream's to dead-letter; here it is passed over. */
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
