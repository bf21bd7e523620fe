import type { ApiClient } from "../api/client.ts";
import type { Tabs } from "../api/tabs.ts";
import type { Trade } from "../../market/trade.ts";
import { failureOf } from "../api/failure.ts";
import type { AppState } from "../state/app_state.ts";
import { onFrame } from "../base/frame.ts";

/** Reports the trades of a frame, at most once a frame; `changed` has the symbols. */
export type MarketListener = (changed: ReadonlySet<string>, trades: readonly Trade[]) => void;

/** Most trades kept for a frame: a page in the background gets no frames, and fetches what it missed. */
const MOST_PENDING = 50_000;

/** After so long what the stream has said is stored and can be fetched, ms. */
const STORED_MS = 3_000;

/** Keeps the market state up to date and gives it to views once a frame. */
export class MarketSync {
  readonly #state: AppState;
  readonly #client: ApiClient;
  readonly #tabs: Tabs;
  #listeners = new Set<MarketListener>();
  #pending: Trade[] = [];
  #flush = onFrame(() => this.#deliver());

  constructor(state: AppState, client: ApiClient, tabs: Tabs) {
    this.#state = state;
    this.#client = client;
    this.#tabs = tabs;
  }

  listen(signal: AbortSignal, listener: MarketListener): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Loads what is known and follows what comes. A page in the background lets go of its connection. */
  async start(signal: AbortSignal): Promise<void> {
    await this.load();
    // When the stream is there, and once more: what it said just before is not stored yet, and would be in neither.
    const catchUp = () => {
      void this.#catchUp();
      setTimeout(() => !signal.aborted && void this.#catchUp(), STORED_MS);
    };
    let connection = new AbortController();
    const connect = (missed: boolean) => {
      connection = new AbortController();
      let behind = missed;
      this.#tabs.follow({
        url: "/v1/market/stream",
        signal: AbortSignal.any([signal, connection.signal]),
        state: (stream) => {
          this.#state.stream.set(stream);
          if (stream !== "live" || !behind) return;
          behind = false;
          catchUp();
        },
        resumed: catchUp,
        on: { trades: (data) => this.#take(JSON.parse(data)) },
      });
    };
    document.addEventListener("visibilitychange", () => {
      connection.abort();
      if (!document.hidden) connect(true);
    }, { signal });
    connect(false);
  }

  /** Fetches the listing and the last trade of every symbol. */
  async load(): Promise<void> {
    const { market, marketReady, status } = this.#state;
    try {
      const [listed, trades] = await Promise.all([this.#client.symbols(), this.#client.lastTrades()]);
      market.list(listed);
      market.apply(trades);
      // A replay's trades are of another day: when they came nobody knows.
      const source = status.value.state === "loading" ? undefined : status.value.value?.source?.name;
      if (source !== "replay" && market.newestEvent !== undefined) {
        market.newestAt = Math.max(market.newestAt ?? 0, market.newestEvent);
      }
      marketReady.set({ state: "ready", value: true });
      this.#flush();
    } catch (thrown) {
      const known = market.rows.size > 0;
      marketReady.set({
        state: "failed",
        message: failureOf(thrown),
        ...(known ? { value: true } : {}),
      });
    }
  }

  /** After a connection that was lost, a hidden page or a sleep: what came meanwhile is fetched, by the views as well. */
  async #catchUp(): Promise<void> {
    await this.load();
    // After it: by the newest trade a view sees whether what it fetches is whole.
    this.#state.missed.set(this.#state.missed.value + 1);
  }

  #take(trades: readonly Trade[]): void {
    for (const trade of trades) this.#pending.push(trade);
    if (this.#pending.length > MOST_PENDING) this.#pending = this.#pending.slice(-MOST_PENDING);
    this.#state.market.newestAt = this.#state.now();
    this.#flush();
  }

  #deliver(): void {
    const trades = this.#pending;
    this.#pending = [];
    const changed = this.#state.market.apply(trades);
    for (const listener of this.#listeners) listener(changed, trades);
  }
}
