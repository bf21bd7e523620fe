import type { ApiClient } from "../api/client.ts";
import type { Tabs } from "../api/tabs.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Trade } from "../../market/trade.ts";
import { failureOf } from "../api/failure.ts";
import type { AppState } from "../state/app_state.ts";
import { onFrame } from "../base/frame.ts";

/** Reports the trades of a frame, at most once a frame; `changed` has the symbols. */
export type MarketListener = (changed: ReadonlySet<string>, trades: readonly Trade[]) => void;

/** Most trades kept for a frame: a page in the background gets no frames, and fetches what it missed. */
const MOST_PENDING = 50_000;

/** After so long what the stream has said is stored and can be fetched, ms: a store that is further behind is not waited for. */
const STORED_MS = 3_000;

/** What it keeps of the page's state. */
type Kept = Pick<AppState, "market" | "marketReady" | "stream" | "missed" | "status" | "now">;

/** Keeps the market state up to date and gives it to views once a frame. */
export class MarketSync {
  readonly #state: Kept;
  readonly #client: ApiClient;
  readonly #tabs: Pick<Tabs, "follow">;
  readonly #clock: Pick<Clock, "sleep">;
  #listeners = new Set<MarketListener>();
  #pending: Trade[] = [];
  #flush = onFrame(() => this.#deliver());

  constructor(
    state: Kept,
    client: ApiClient,
    tabs: Pick<Tabs, "follow">,
    clock: Pick<Clock, "sleep"> = systemClock,
  ) {
    this.#state = state;
    this.#client = client;
    this.#tabs = tabs;
    this.#clock = clock;
  }

  listen(signal: AbortSignal, listener: MarketListener): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Loads what is known and follows what comes. A page in the background lets go of its connection. */
  async start(signal: AbortSignal): Promise<void> {
    await this.load();
    let connection = new AbortController();
    const connect = (away: boolean) => {
      connection = new AbortController();
      const followed = AbortSignal.any([signal, connection.signal]);
      let begun = false;
      this.#tabs.follow({
        url: "/v1/market/stream",
        signal: followed,
        state: (stream) => {
          this.#state.stream.set(stream);
          if (stream !== "live" || begun) return;
          begun = true;
          void this.#catchUp(away, followed);
        },
        resumed: () => void this.#catchUp(true, followed),
        on: { trades: (data) => this.#take(JSON.parse(data)) },
      });
    };
    document.addEventListener("visibilitychange", () => {
      connection.abort();
      if (!document.hidden) connect(true);
    }, { signal });
    connect(false);
  }

  /** Fetches the listing, where it is asked for, and the last trade of every symbol. */
  async load({ listing = true }: { readonly listing?: boolean } = {}): Promise<void> {
    const { market, marketReady, status } = this.#state;
    try {
      const [listed, trades] = await Promise.all([
        listing ? this.#client.symbols() : [],
        this.#client.lastTrades(),
      ]);
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

  /**
   * Fetches what came before the stream was there, by the views as well: of a page that was away at once, and of every page
   * when it is stored. What the stream said just before is in neither until then.
   */
  async #catchUp(away: boolean, followed: AbortSignal): Promise<void> {
    const stored = this.#clock.sleep(STORED_MS, followed);
    if (away) await this.#loadMissed({ listing: true });
    await stored;
    if (followed.aborted) return;
    await this.#loadMissed({ listing: this.#state.marketReady.value.state !== "ready" });
  }

  async #loadMissed(what: { readonly listing: boolean }): Promise<void> {
    await this.load(what);
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
    this.#state.market.received += trades.length;
    for (const listener of this.#listeners) listener(changed, trades);
  }
}
