import { BoundedQueue } from "../../core/bounded_queue.ts";
import { OutsideError } from "../../core/errors.ts";
import { dateOf, hourOf, seoulDay, startOfSeoulDay, timeOfHour } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import type { Asking, FeedVenue, Quotations, RestTrade } from "../../ports/quotations.ts";
import { logger } from "../../telemetry/log.ts";
import type { FilledEvent, FoundGap } from "./events.ts";
import { filledTrades } from "./filled_trades.ts";
import type { TradeGap } from "./missed.ts";

const logging = logger("producer");

/** Gaps that wait, at most; what comes then stays open. */
const MAX_WAITING = 5_000;
/** Pages of one gap, of 30 trades: what is further back is left to the day's high and low. */
const MAX_PAGES = 200;
/** How often an empty page is asked for again: KIS gives some that are none. */
const MAX_EMPTY = 3;

/** What {@link GapFiller} needs. */
export interface GapFillerOptions {
  readonly quotations: Quotations;
}

/** What was found of a gap. */
interface Found {
  readonly rows: readonly RestTrade[];
  /** Why it ended before all was found. */
  readonly reason: string;
}

/**
 * Mends gaps: asks REST for the trades between the one before and the one after, page by page back in time, and hands them
 * over oldest first. One gap after the other, within the account's rate.
 */
export class GapFiller {
  readonly #options: GapFillerOptions;
  readonly #waiting = new BoundedQueue<FoundGap>(MAX_WAITING);

  constructor(options: GapFillerOptions) {
    this.#options = options;
  }

  /** A gap is to be mended; answers whether there is room for it. */
  add(gap: FoundGap): boolean {
    return this.#waiting.tryPush(gap);
  }

  /** What was found of each gap, until the signal is aborted. */
  async *events(signal: AbortSignal): AsyncGenerator<readonly FilledEvent[]> {
    const end = () => this.#waiting.close();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    for (let next = await this.#waiting.shift(); next !== undefined; next = await this.#waiting.shift()) {
      if (signal.aborted) return;
      const event = await this.#fill(next, signal);
      if (event !== undefined) yield [event];
    }
  }

  async #fill(of: FoundGap, signal: AbortSignal): Promise<FilledEvent | undefined> {
    const { gap } = of;
    try {
      // What began before anybody listened can wait for what was lost while somebody did.
      const asking = { priority: of.found === undefined ? "reference" : "fill", signal } as const;
      const { rows, reason } = await this.#find(gap, asking);
      const trades = filledTrades(gap, rows);
      return { type: "filled", of, trades, shortfall: shortfall(gap, trades, reason) };
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      if (signal.aborted) return undefined;
      logging.warn("A gap of {symbol} stays open: {error}", { symbol: gap.symbol, error: error.message });
      return { type: "filled", of, trades: [], shortfall: error.message };
    }
  }

  /** Pages back from the trade after the gap to the one before it. */
  async #find(gap: TradeGap, asking: Asking): Promise<Found> {
    const { symbol, next, after, upTo, notBefore } = gap;
    const venue: FeedVenue = next.venue ?? "KRX";
    const rows = new Map<number, RestTrade>();
    let hour = hourOf(next.eventTime);
    let empty = 0;
    for (let page = 0; page < MAX_PAGES; page++) {
      const found = await this.#options.quotations.tradesUntil(symbol, venue, hour, asking);
      const oldest = found[0];
      if (oldest === undefined) {
        if (++empty > MAX_EMPTY) return { rows: [...rows.values()], reason: "KIS has no more of it" };
        continue;
      }
      empty = 0;
      for (const row of found) {
        if (row.accVolume > after && row.accVolume <= upTo) rows.set(row.accVolume, row);
      }
      if (oldest.accVolume - oldest.volume <= after) return { rows: [...rows.values()], reason: "" };
      const back = stepBack(hour, oldest.hour);
      if (back === undefined || timeOf(next, back) < notBefore) break;
      hour = back;
    }
    return {
      rows: [...rows.values()],
      reason: `it goes further back than ${dateOf(next.eventTime)} ${hour}`,
    };
  }
}

/**
 * Where the next page ends. It begins anew with the second of the oldest row, of which there may be more; where a page
 * holds nothing else, the second before it, because there is no way to ask for the rest of that one.
 */
function stepBack(asked: string, oldest: string): string | undefined {
  if (oldest < asked) return oldest;
  const before = (timeOfHour(asked) as number) - 1_000;
  return before < 0 ? undefined : hourOf(startOfSeoulDay(0) + before);
}

function timeOf(next: Trade, hour: string): number {
  return startOfSeoulDay(seoulDay(next.eventTime)) + (timeOfHour(hour) as number);
}

/** Why shares are still missing. */
function shortfall({ after, upTo, notBefore }: TradeGap, trades: readonly Trade[], reason: string): string {
  const found = trades.reduce((sum, { volume }) => sum + volume, 0);
  const missing = upTo - after - found;
  if (missing <= 0 || (notBefore > 0 && reason === "")) return "";
  return `${missing} shares are not among what KIS gives${reason === "" ? "" : `: ${reason}`}`;
}
