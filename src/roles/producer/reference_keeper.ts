import { backoffMs, type Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import type { MarketCalendar } from "../../market/calendar.ts";
import { dateOf, DAY_MS, seoulDay, seoulTimeOfDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Quotations } from "../../ports/quotations.ts";
import { logger } from "../../telemetry/log.ts";
import { type ReferenceShelf, writeDetails, writeMasters } from "./reference_update.ts";

const logging = logger("reference");

/** When a day's master files and limits are taken to be there, ms after midnight in Seoul: before NXT's pre-market. */
const DAY_BEGINS_MS = 7.5 * 3_600_000;
/** After a failure; the masters' server is no reason to wait long, nor to ask it in a loop. */
const RETRY = { baseMs: 60_000, capMs: 1_800_000, floorMs: 30_000 };
/** Nothing is due: how long it is waited at most, ms. Machines sleep. */
const IDLE_MS = 600_000;

/** What the {@link ReferenceKeeper} is made from. */
export interface ReferenceKeeperOptions extends ReferenceShelf {
  readonly quotations: Quotations;
  readonly calendar: MarketCalendar;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Keeps the `reference` topic at the day: every morning of a trading day the master files, then all that REST says of
 * the symbols that are wanted. What fails is tried again; nothing waits for it. The book must have been loaded.
 */
export class ReferenceKeeper {
  readonly #options: ReferenceKeeperOptions;
  #wanted: readonly Symbol[] = [];
  /** When all was asked of a symbol: the day, or the night before it. */
  readonly #asked = new Map<Symbol, string>();
  #mastersOf = "";
  #failures = 0;
  #wake = Promise.withResolvers<void>();

  constructor(options: ReferenceKeeperOptions) {
    this.#options = options;
  }

  /** The symbols whose details are kept, most important first. */
  want(symbols: readonly Symbol[]): void {
    this.#wanted = symbols;
    this.#wake.resolve();
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      let wait = Math.min(IDLE_MS, this.#untilDayBegins());
      try {
        await this.#bringUpToDate(signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof OutsideError) && !(error instanceof InputError)) throw error;
        wait = backoffMs(this.#failures++, RETRY, random);
        logging.warn("References are not up to date, trying again in {wait} ms: {error}", {
          wait,
          error: messageOf(error),
        });
      }
      const slept = new AbortController();
      await Promise.race([
        clock.sleep(wait, AbortSignal.any([signal, slept.signal])),
        // Whoever has just failed is not asked sooner because of a new rule.
        this.#failures > 0 ? new Promise<never>(() => {}) : this.#wake.promise,
      ]);
      slept.abort();
    }
  }

  /** Master files that cannot be had are no reason not to ask for what is wanted. */
  async #bringUpToDate(signal: AbortSignal): Promise<void> {
    const date = dateOf(this.#options.clock.now());
    const [masters] = await Promise.allSettled([this.#readMasters(date, signal)]);
    for (const symbol of this.#wanted) {
      if (signal.aborted) return;
      if (this.#isDue(symbol, date)) await this.#ask(symbol, date, signal);
    }
    if (masters.status === "rejected") throw masters.reason;
  }

  async #readMasters(date: string, signal: AbortSignal): Promise<void> {
    if (!this.#mastersAreDue(date)) return;
    const { quotations, clock } = this.#options;
    const files = await quotations.masters(signal);
    const { written, forgotten } = await writeMasters(this.#options, files, { date, now: clock.now() });
    this.#mastersOf = date;
    logging.info("{written} symbols of {date} are known, {forgotten} are delisted", {
      written,
      date,
      forgotten,
    });
  }

  async #ask(symbol: Symbol, date: string, signal: AbortSignal): Promise<void> {
    try {
      const asking = { priority: "reference", signal } as const;
      await writeDetails(this.#options, symbol, { date, now: this.#options.clock.now(), asking });
    } catch (error) {
      if (!(error instanceof OutsideError) || error.retryable) throw error;
      logging.warn("KIS says nothing of {symbol}: {error}", { symbol, error: error.message });
    }
    this.#asked.set(symbol, this.#round(date));
  }

  /** Once on the morning of a trading day; at once where no master file has ever been read. */
  #mastersAreDue(date: string): boolean {
    if (this.#mastersOf === date) return false;
    const dates = new Set(this.#options.book.all().map(({ masterDate }) => masterDate));
    // Another process, or this one before a restart, has written them.
    if (dates.has(date)) return false;
    return this.#dayHasBegun() || ![...dates].some((known) => known !== null);
  }

  #isDue(symbol: Symbol, date: string): boolean {
    if (this.#asked.get(symbol) === this.#round(date)) return false;
    const reference = this.#options.book.get(symbol);
    return reference === undefined || reference.nxt === null || this.#dayHasBegun();
  }

  #untilDayBegins(): number {
    const now = this.#options.clock.now();
    const today = startOfSeoulDay(seoulDay(now)) + DAY_BEGINS_MS;
    return (now < today ? today : today + DAY_MS) - now;
  }

  /** What is asked at night is asked again in the morning: only then are the day's limits there. */
  #round(date: string): string {
    return this.#dayHasBegun() ? date : `before ${date}`;
  }

  #dayHasBegun(): boolean {
    const { calendar, clock } = this.#options;
    const now = clock.now();
    return calendar.isTradingDay(seoulDay(now)) && seoulTimeOfDay(now) >= DAY_BEGINS_MS;
  }
}
