import { BoundedQueue } from "../../core/bounded_queue.ts";
import { OutsideError } from "../../core/errors.ts";
import type { Trade } from "../../market/trade.ts";
import type { Quotations } from "../../ports/quotations.ts";
import { logger } from "../../telemetry/log.ts";
import type { FilledEvent, FoundGap } from "./events.ts";
import { filledMinutes } from "./filled_minutes.ts";
import { filledTrades } from "./filled_trades.ts";
import { findHoles, findMinutes, findTrades, type HoleMinute } from "./gap_pages.ts";
import type { TradeGap } from "./missed.ts";

const logging = logger("producer");

/** Gaps that wait, at most; what comes then stays open. */
const MAX_WAITING = 5_000;
/** Pages of one gap, of 30 trades: what is further back comes as minutes. */
const MAX_PAGES = 200;
/** The same where the feed began in the day: of hours that nobody listened to, minutes will do. */
const MAX_PAGES_OF_A_START = 20;

/** What {@link GapFiller} needs. */
export interface GapFillerOptions {
  readonly quotations: Quotations;
}

/**
 * Mends gaps: asks REST for the trades between the one before and the one after, page by page back in time, for the
 * minutes of what is further back or left out, and hands them over oldest first. One gap after the other, within the account's rate.
 */
export class GapFiller {
  readonly #options: GapFillerOptions;
  readonly #waiting = new BoundedQueue<FoundGap>(MAX_WAITING);

  constructor(options: GapFillerOptions) {
    this.#options = options;
  }

  /**
   * A gap is to be mended.
   *
   * @returns whether there is room for it.
   */
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
    const { gap, found } = of;
    const { quotations } = this.#options;
    try {
      // What began before anybody listened can wait for what was lost while somebody did.
      const asking = { priority: found === undefined ? "reference" : "fill", signal } as const;
      const pages = found === undefined ? MAX_PAGES_OF_A_START : MAX_PAGES;
      const { rows, reason, more } = await findTrades(quotations, gap, { asking, pages });
      const trades = filledTrades(gap, rows);
      const first = trades[0];
      const minutes = more ? await findMinutes(quotations, gap, { asking, first }) : [];
      const upTo = first === undefined ? gap.upTo : first.accVolume - first.volume;
      const all = [...filledMinutes(gap, minutes, upTo), ...trades];
      const holes = await this.#holes(gap, { asking, trades });
      return { type: "filled", of, trades: all, holes, shortfall: shortfall(gap, all, reason) };
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      if (signal.aborted) return undefined;
      logging.warn("A gap of {symbol} stays open: {error}", { symbol: gap.symbol, error: error.message });
      return { type: "filled", of, trades: [], holes: [], shortfall: error.message };
    }
  }

  /** What was found goes on though its holes cannot be asked for. */
  async #holes(gap: TradeGap, found: Parameters<typeof findHoles>[2]): Promise<readonly HoleMinute[]> {
    try {
      return await findHoles(this.#options.quotations, gap, found);
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      logging.warn("The minutes of a gap of {symbol} are not known: {error}", {
        symbol: gap.symbol,
        error: error.message,
      });
      return [];
    }
  }
}

/** Why shares are still missing. */
function shortfall({ after, upTo, notBefore }: TradeGap, trades: readonly Trade[], reason: string): string {
  const found = trades.reduce((sum, { volume }) => sum + volume, 0);
  const missing = upTo - after - found;
  if (reason === "" && (missing <= 0 || notBefore > 0)) return "";
  const shares = missing > 0 ? `${missing} shares are not among what KIS gives` : "";
  return [shares, reason].filter((part) => part !== "").join(": ");
}
