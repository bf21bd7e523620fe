import { Projection, type ProjectionReader } from "../books/projection.ts";
import type { Clock } from "../core/clock.ts";
import { CANARY_SYMBOL } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import { thinTrades } from "./thin_trades.ts";
import type { EventLog, LogRecord } from "../ports/event_log.ts";

/** How often listeners are called, in ms. */
const EVERY_MS = 250;
/** More trades than this at once, and each symbol's are thinned, see {@link thinTrades}: 16,000 a second. */
const MOST = 4_000;

/** Live trades for the console: the trades topic is read only while somebody listens. */
export class MarketHub implements ProjectionReader<Trade> {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #listeners = new Set<(trades: readonly Trade[], positions: readonly number[]) => void>();
  #trades: Projection | undefined;
  #pending: Trade[] = [];
  #sent: readonly number[] = [];
  #gatherAt = 2 * MOST;
  #stop: AbortController | undefined;

  constructor(options: { log: EventLog; clock: Clock }) {
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** Where the partitions stand: all before has been sent. Known once {@link MarketHub.ready}, while somebody listens. */
  get positions(): readonly number[] {
    return this.#sent;
  }

  /** Why trades are not read just now, for whoever listens; undefined while all goes well, and while nobody listens. */
  get failure(): string | undefined {
    return this.#trades?.failure;
  }

  /** Resolves when the topic is read, for whoever listens. */
  async ready(): Promise<void> {
    await this.#trades?.ready;
    if (this.#sent.length === 0) this.#sent = this.#trades?.positions ?? [];
  }

  /**
   * Calls `listener` with the trades of each quarter of a second and where the partitions stand after them, until the
   * answered function is called.
   */
  listen(listener: (trades: readonly Trade[], positions: readonly number[]) => void): () => void {
    this.#listeners.add(listener);
    if (this.#stop === undefined) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = this.#trades = undefined;
      this.#pending = [];
      this.#sent = [];
    };
  }

  #start(): void {
    const { signal } = this.#stop = new AbortController();
    const clock = this.#clock;
    this.#trades = new Projection({ log: this.#log, topic: "trades", readers: [this], newest: 0 });
    this.#trades.follow({ clock, random: Math.random, signal });
    this.#publish(signal);
  }

  async #publish(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(EVERY_MS, signal);
      if (signal.aborted) return;
      const trades = this.#pending.length > MOST ? thinTrades(this.#pending) : this.#pending;
      this.#sent = this.#trades?.positions ?? this.#sent;
      if (trades.length === 0) continue;
      this.#pending = [];
      for (const listener of this.#listeners) listener(trades, this.#sent);
    }
  }

  /**
   * Trades of the log from one set of positions to another, partition by partition, in parts, with where each part ends.
   * Once and in order, with the same {@link MarketHub.decode} as what is followed.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  async *between(
    from: readonly number[],
    to: readonly number[],
    signal: AbortSignal,
  ): AsyncIterable<{ readonly trades: readonly Trade[]; readonly positions: readonly number[] }> {
    const positions = [...from];
    for (const [partition, end] of to.entries()) {
      if ((from[partition] ?? end) >= end) continue;
      const range = { topic: "trades" as const, partition, from: from[partition]!, to: end, signal };
      for await (const batch of this.#log.read(range)) {
        const trades = batch.records.flatMap((record) => this.decode(record) ?? []);
        const seen = [...positions];
        positions[partition] = batch.nextOffset;
        for (let at = 0; at < trades.length; at += MOST) {
          const last = at + MOST >= trades.length;
          // Only with its last part a batch has been seen.
          yield { trades: trades.slice(at, at + MOST), positions: last ? [...positions] : [...seen] };
        }
      }
    }
  }

  /** A record that is no trade is the stream's to count and dead-letter; here it is passed over. */
  decode({ key, value }: LogRecord): Trade | undefined {
    return value === null || key === CANARY_SYMBOL ? undefined : tradeOf(value);
  }

  apply(trade: Trade): void {
    this.#pending.push(trade);
    if (this.#pending.length < this.#gatherAt) return;
    this.#pending = thinTrades(this.#pending);
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
