import { gzip } from "node:zlib";
import { promisify } from "node:util";
import { messageOf, OutsideError } from "../core/errors.ts";
import type { MarketCalendar } from "../market/calendar.ts";
import { encodeTrade } from "../market/encode_trade.ts";
import { type MinuteBar, tradesOfMinutes } from "../market/minute_trades.ts";
import type { SymbolReference } from "../market/reference.ts";
import { decodeReference, encodeReference, referenceLine } from "../market/reference_codec.ts";
import { referenceOn } from "../market/reference_merge.ts";
import { dateOf, dateOfDay, hourOf, seoulDay, startOfSeoulDay, timeOfHour } from "../market/seoul_time.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Asking, FeedVenue, Quotations } from "../ports/quotations.ts";
import { askReference } from "../roles/producer/reference_update.ts";

const zip = promisify(gzip);

/** The last minute of any session. */
const LAST_HOUR = "200000";
/** Pages of a symbol's day, at most: it has 720 minutes. */
const MAX_PAGES = 20;

/** What {@link HistoryFetch} needs. */
export interface HistoryOptions {
  readonly quotations: Quotations;
  readonly calendar: MarketCalendar;
  /** Where the files are written: `YYYYMMDD.jsonl.gz`, and what they are made of in `.parts`. */
  readonly folder: string;
  /** Epoch ms: today is not over and is left out. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly out: (line: string) => void;
}

/**
 * The minutes of past days as files of trades that a replay plays, one a day, with what was known of each symbol on that
 * day before them. What has been fetched is kept, symbol by symbol and day by day: a fetch that was stopped goes on, and
 * one for further symbols adds them.
 */
export class HistoryFetch {
  readonly #options: HistoryOptions;
  readonly #asking: Asking;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#asking = { priority: "history", signal: options.signal };
  }

  /**
   * Fetches the last trading days, the newest first.
   *
   * @returns whether all of it is there.
   */
  async run(symbols: readonly Symbol[], days: number): Promise<boolean> {
    const { folder, signal, out } = this.#options;
    await Deno.mkdir(`${folder}/.parts`, { recursive: true });
    let complete = true;
    const references = new Map<Symbol, SymbolReference>();
    for (const symbol of symbols) {
      const reference = await this.#try(symbol, () => this.#reference(symbol));
      if (reference === undefined) complete = false;
      else references.set(symbol, reference);
    }
    for (const date of this.#dates(days)) {
      if (signal.aborted) return false;
      let fetched = 0;
      for (const [symbol, reference] of references) {
        const done = await this.#try(`${symbol} of ${date}`, () => this.#part(reference, date));
        if (done === undefined) complete = false;
        else fetched += done ? 1 : 0;
      }
      const file = await this.#join(date);
      if (file !== undefined) out(`${file}: ${fetched} of ${references.size} symbols fetched now`);
    }
    return complete && !signal.aborted;
  }

  /** The last trading days before today, the newest first. */
  #dates(count: number): string[] {
    const { calendar, now } = this.#options;
    const dates: string[] = [];
    for (let day = seoulDay(now); dates.length < count;) {
      day = calendar.previousTradingDay(day);
      dates.push(dateOfDay(day));
    }
    return dates;
  }

  /** What KIS does not have of one symbol is no reason to leave out the others; undefined: it failed. */
  async #try<T>(what: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.#options.signal.aborted) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OutsideError) || error.code === "kis_token_refused") throw error;
      if (!this.#options.signal.aborted) this.#options.out(`${what}: ${error.message}`);
      return undefined;
    }
  }

  /** What is known of a symbol today, fetched once a day. */
  async #reference(symbol: Symbol): Promise<SymbolReference | undefined> {
    const { folder, quotations, now, out } = this.#options;
    const path = `${folder}/.parts/${symbol}.json`;
    const date = dateOf(now);
    const kept = await readIfThere(path);
    const before = kept === undefined ? undefined : decodeReference(kept);
    if (before?.date === date) return before;
    const asked = await askReference(quotations, symbol, { date, before, asking: this.#asking });
    if (asked === undefined) out(`${symbol}: KIS does not know it`);
    else await writeWhole(path, new TextEncoder().encode(encodeReference(asked)));
    return asked;
  }

  /**
   * A symbol's day, unless it is there already.
   *
   * @returns whether it was fetched.
   */
  async #part(reference: SymbolReference, date: string): Promise<boolean> {
    const { folder } = this.#options;
    const { symbol, nxt } = reference;
    const path = `${folder}/.parts/${date}-${symbol}.jsonl`;
    if (await readIfThere(path) !== undefined) return false;
    const venue: FeedVenue = nxt ? "UN" : "KRX";
    const minutes = await this.#minutes(symbol, date, venue);
    const ofDay = referenceOn(reference, date);
    const previousClose = ofDay.candles.at(-1)?.close ?? minutes[0]?.open ?? 0;
    const day = { symbol, previousClose, ...(venue === "UN" ? { venue } : {}) };
    const trades = tradesOfMinutes(minutes, day).map(encodeTrade);
    await writeWhole(path, new TextEncoder().encode([referenceLine(ofDay), ...trades, ""].join("\n")));
    return true;
  }

  async #minutes(symbol: Symbol, date: string, venue: FeedVenue): Promise<MinuteBar[]> {
    const found = new Map<string, MinuteBar>();
    let hour = LAST_HOUR;
    for (let page = 0; page < MAX_PAGES; page++) {
      const rows = await this.#options.quotations.minutes(symbol, { date, hour, venue }, this.#asking);
      const oldest = rows[0];
      if (oldest === undefined || found.has(oldest.hour)) break;
      for (const row of rows) found.set(row.hour, row);
      hour = minuteBefore(oldest.hour);
    }
    return [...found.values()].sort((a, b) => a.hour < b.hour ? -1 : 1);
  }

  /** All parts of a day as one file, by time; undefined where there are none. */
  async #join(date: string): Promise<string | undefined> {
    const { folder } = this.#options;
    const references: string[] = [];
    const trades: { readonly at: number; readonly line: string }[] = [];
    for await (const { name } of Deno.readDir(`${folder}/.parts`)) {
      if (!name.startsWith(`${date}-`) || !name.endsWith(".jsonl")) continue;
      const text = await Deno.readTextFile(`${folder}/.parts/${name}`);
      const [reference = "", ...lines] = text.split("\n").filter((line) => line !== "");
      references.push(reference);
      for (const line of lines) trades.push({ at: Number(/"eventTime":(\d+)/.exec(line)?.[1]), line });
    }
    if (references.length === 0) return undefined;
    trades.sort((a, b) => a.at - b.at);
    const text = [...references.sort(), ...trades.map(({ line }) => line), ""].join("\n");
    const path = `${folder}/${date}.jsonl.gz`;
    await writeWhole(path, await zip(text));
    return path;
  }
}

function minuteBefore(hour: string): string {
  return hourOf(startOfSeoulDay(0) + (timeOfHour(hour) as number) - 60_000);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new OutsideError("history_unreadable", `Cannot read ${path}: ${messageOf(error)}`, {
      retryable: false,
    });
  }
}

/** A file that is there is whole: it is written beside its place first. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await Deno.writeFile(`${path}.new`, bytes);
    await Deno.rename(`${path}.new`, path);
  } catch (error) {
    throw new OutsideError("history_unwritable", `Cannot write ${path}: ${messageOf(error)}`, {
      retryable: false,
    });
  }
}
