import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { Symbol } from "../../market/symbol.ts";
import { type FeedVenue, MULTI_PRICES, type Quotations } from "../../ports/quotations.ts";
import type { TickSource } from "../../ports/tick_source.ts";
import { logger } from "../../telemetry/log.ts";
import type { PolledEvent } from "./events.ts";

const logging = logger("producer");

/** A symbol is polled once in this time at most, ms. */
const ROUND_MS = 1_000;
/** Between two requests, ms: half of what an account has is left to those who can wait. */
const PACE_MS = 130;
/** After a request that failed, ms. */
const RETRY_MS = 10_000;

/** What the {@link Poller} needs. */
export interface PollerOptions {
  readonly quotations: Quotations;
  readonly source: Pick<TickSource, "status">;
  readonly clock: Clock;
  /** Whether the market is open: nothing changes outside its sessions. */
  readonly isOpen: (now: number) => boolean;
  /** Whether NXT trades a symbol. */
  readonly isOnNxt: (symbol: Symbol) => boolean;
}

/** Asks by REST about the symbols that no registration is left for, round after round, as often as the account may. */
export class Poller {
  readonly #options: PollerOptions;
  #polled: ReadonlySet<Symbol> = new Set();

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** The symbols that are polled now. */
  get polled(): ReadonlySet<Symbol> {
    return this.#polled;
  }

  /** What each request found, until the signal is aborted. */
  async *events(signal: AbortSignal): AsyncGenerator<readonly PolledEvent[]> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const symbols = this.#unplaced(began);
      this.#polled = new Set(symbols);
      let wait = ROUND_MS;
      for (const { venue, some } of this.#requests(symbols)) {
        const event = await this.#poll(venue, some, signal);
        if (signal.aborted) return;
        if (event === undefined) wait = RETRY_MS;
        else yield [event];
        await clock.sleep(PACE_MS, signal);
      }
      await clock.sleep(Math.max(0, began + wait - clock.monotonic()), signal);
    }
  }

  #unplaced(now: number): readonly Symbol[] {
    const { source, isOpen } = this.#options;
    if (!isOpen(now)) return [];
    const { refused = [] } = source.status();
    return refused.filter(({ noRoom }) => noRoom).map(({ symbol }) => symbol);
  }

  /** As many symbols a request as it may have, those of a market together. */
  #requests(symbols: readonly Symbol[]): { venue: FeedVenue; some: readonly Symbol[] }[] {
    const { isOnNxt } = this.#options;
    const requests: { venue: FeedVenue; some: readonly Symbol[] }[] = [];
    for (const venue of ["UN", "KRX"] as const) {
      const those = symbols.filter((symbol) => isOnNxt(symbol) === (venue === "UN"));
      for (let start = 0; start < those.length; start += MULTI_PRICES) {
        requests.push({ venue, some: those.slice(start, start + MULTI_PRICES) });
      }
    }
    return requests;
  }

  async #poll(
    venue: FeedVenue,
    symbols: readonly Symbol[],
    signal: AbortSignal,
  ): Promise<PolledEvent | undefined> {
    const { quotations, clock } = this.#options;
    try {
      const prices = await quotations.prices(symbols, venue, { priority: "poll", signal });
      return { type: "polled", venue, prices, at: clock.now() };
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      if (!signal.aborted) {
        logging.warn("{symbols} symbols could not be polled: {error}", {
          symbols: symbols.length,
          error: error.message,
        });
      }
      return undefined;
    }
  }
}
