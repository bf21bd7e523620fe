import { type Clock, systemClock } from "../../core/clock.ts";
import { DAY_MS } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import type { ApiClient } from "../api/client.ts";

/** Trades that a tape shows. */
const MOST = 30;
/** How often they are fetched where what the page has heard is not stored yet, and how far apart, ms. */
const TRIES = 6;
const AGAIN_MS = 1_000;

/**
 * Fetches the last trades of a symbol, ascending: once, and again until the store, which is behind the feed, has what the page
 * had heard before. Without an answer there are none.
 *
 * @param given.newest The last trade that the page has heard, where one is known.
 * @param given.signal When nobody wants them any more.
 */
export async function* tapeTrades(
  { client, symbol, newest, signal, clock = systemClock }: {
    readonly client: Pick<ApiClient, "trades">;
    readonly symbol: Symbol;
    readonly newest: Trade | undefined;
    readonly signal: AbortSignal;
    readonly clock?: Pick<Clock, "sleep">;
  },
): AsyncIterable<readonly Trade[]> {
  // A replay's trades are of another day than today.
  const around = newest && { from: newest.eventTime - DAY_MS, to: newest.eventTime + DAY_MS };
  for (let tried = 0; tried < TRIES; tried++) {
    const stored = await client.trades(symbol, { ...around, limit: MOST }).catch(() => []);
    if (signal.aborted) return;
    yield stored;
    if (newest === undefined || (stored.at(-1)?.eventTime ?? 0) >= newest.eventTime) return;
    await clock.sleep(AGAIN_MS, signal);
    if (signal.aborted) return;
  }
}
