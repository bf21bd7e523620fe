import type { ApiClient } from "../api/client.ts";
import { follow } from "../api/stream.ts";
import type { Trade } from "../../market/trade.ts";
import { failureOf } from "../api/failure.ts";
import type { AppState } from "../state/app_state.ts";
import { onFrame } from "../base/frame.ts";

/** Reports the trades of a frame, at most once a frame; `changed` holds the symbols. */
export type MarketListener = (changed: ReadonlySet<string>, trades: readonly Trade[]) => void;

/** Most trades kept for a frame: a page in the background gets no frames, and needs only the newest. */
const MOST_PENDING = 20_000;

/** Keeps the market state up to date and gives it to views once a frame. */
export class MarketSync {
  readonly #state: AppState;
  readonly #client: ApiClient;
  #listeners = new Set<MarketListener>();
  #pending: Trade[] = [];
  #flush = onFrame(() => this.#deliver());

  constructor(state: AppState, client: ApiClient) {
    this.#state = state;
    this.#client = client;
  }

  listen(signal: AbortSignal, listener: MarketListener): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Loads what is known and follows what comes. A page in the background lets go of its connection. */
  async start(signal: AbortSignal): Promise<void> {
    await this.load();
    let connection = new AbortController();
    const connect = () => {
      connection = new AbortController();
      follow({
        url: "/v1/market/stream",
        signal: AbortSignal.any([signal, connection.signal]),
        state: (stream) => this.#state.stream.set(stream),
        resumed: () => void this.load(),
        on: { trades: (data) => this.#take(data as Trade[]) },
      });
    };
    document.addEventListener("visibilitychange", () => {
      connection.abort();
      if (document.hidden) return;
      void this.load();
      connect();
    }, { signal });
    connect();
  }

  /** Fetches the listing and the last trade of every symbol. */
  async load(): Promise<void> {
    try {
      const [listed, trades] = await Promise.all([this.#client.symbols(), this.#client.lastTrades()]);
      this.#state.market.list(listed);
      this.#state.market.apply(trades);
      this.#state.marketReady.set({ state: "ready", value: true });
      this.#flush();
    } catch (thrown) {
      const known = this.#state.market.rows.size > 0;
      this.#state.marketReady.set({
        state: "failed",
        message: failureOf(thrown),
        ...(known ? { value: true } : {}),
      });
    }
  }

  #take(trades: readonly Trade[]): void {
    for (const trade of trades) this.#pending.push(trade);
    if (this.#pending.length > MOST_PENDING) this.#pending = this.#pending.slice(-MOST_PENDING);
    this.#flush();
  }

  #deliver(): void {
    const trades = this.#pending;
    this.#pending = [];
    const changed = this.#state.market.apply(trades);
    for (const listener of this.#listeners) listener(changed, trades);
  }
}
