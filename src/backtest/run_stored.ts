import { readsDays, storedDays } from "../books/stored_days.ts";
import type { DailyCandle } from "../market/reference.ts";
import { lookBackFrom } from "../market/look_back.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import { type MinuteBar, tradesOfMinutes } from "../market/minute_trades.ts";
import { referenceOn } from "../market/reference_merge.ts";
import { dateOf, dateOfDay, DAY_MS, hourOf, seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import type { Candle, SeriesStore } from "../ports/series_store.ts";
import { lookBackOf } from "../rules/measures.ts";
import { symbolsOf } from "../rules/rule.ts";
import type { FoundPart } from "./found.ts";
import type { BacktestJob, BacktestProgress, BacktestRun } from "./job.ts";
import { backtestOf, reportFor } from "./of_job.ts";
import { recordOfTrade } from "./record.ts";
import { type BacktestReport, dateText } from "./report.ts";

/** Where stored prices come from. */
export type StoredPrices = Pick<SeriesStore, "trades" | "candles" | "lastTrades">;

/** Trades of one symbol that are asked for at once. */
const PAGE = 200_000;
/** Parts of a day: so many symbols' trades are merged at once that memory stays bounded. */
const FEW_SYMBOLS = 4;
const PARTS = { few: 4, many: 24 } as const;
const MINUTES_A_DAY = 24 * 60;
/** Dates that a note names. */
const DATES_NAMED = 5;

/** What a part of a job's days gave. Plain data. */
export interface StoredPart {
  readonly found: FoundPart;
  readonly symbols: number;
  /** Days of which some symbols have only minutes. */
  readonly ofMinutes: readonly string[];
}

/** Rules over the prices that are stored, day by day. */
export async function* runStored(
  job: BacktestJob,
  given: { readonly series: StoredPrices; readonly module: WebAssembly.Module },
): BacktestRun {
  return storedReport(job, [yield* runStoredPart(job, given)]);
}

/** The report of a job whose parts were run, in the order of their days. */
export function storedReport(job: BacktestJob, parts: readonly StoredPart[]): BacktestReport {
  const names = new Map(job.references.map(({ symbol, name }) => [symbol, name]));
  return reportFor(job, parts.map(({ found }) => found), {
    nameOf: (symbol) => names.get(symbol),
    notes: notesOf(parts.flatMap(({ ofMinutes }) => ofMinutes)),
    symbols: Math.max(...parts.map(({ symbols }) => symbols)),
  });
}

/**
 * The days of a job, as one part of it. Rules begin it as they would stand there: trades of before it that are of a window
 * which goes on into it are evaluated, and not counted.
 */
export async function* runStoredPart(
  job: BacktestJob,
  { series, module }: { readonly series: StoredPrices; readonly module: WebAssembly.Module },
): AsyncGenerator<BacktestProgress, StoredPart> {
  const backtest = backtestOf(job, { module, firstDay: job.from });
  const symbols = await symbolsIn(job, series);
  const warmFrom = job.warmFrom ?? startOfSeoulDay(job.from);
  const first = seoulDay(warmFrom);
  backtest.restore(await minutesBefore({ ...job, until: warmFrom }, symbols, series));
  const references = new Map(job.references.map((reference) => [reference.symbol, reference]));
  const days = await daysOf(job, symbols, series);
  const ofMinutes: string[] = [];
  const progress = (day: number | null) => ({
    date: day === null ? null : dateText(day),
    days: day === null ? 0 : Math.max(0, day - job.from),
    daysTotal: job.to - job.from + 1,
    trades: backtest.trades,
    fires: backtest.fires.length + backtest.unlisted,
  });
  yield progress(null);
  for (let day = first; day <= job.to; day++) {
    const { traded, minutes } = await whatThereIs(day, symbols, series);
    if (minutes.size > 0 && day >= job.from) ofMinutes.push(dateText(day));
    for (const symbol of [...traded, ...minutes.keys()]) {
      const reference = references.get(symbol);
      if (reference !== undefined) {
        backtest.setReference(referenceOn(reference, dateOfDay(day), days.get(symbol)));
      }
    }
    for await (const trades of tradesOn(day, { traded, minutes, series })) {
      const wanted = day < job.from ? trades.filter(({ eventTime }) => eventTime >= warmFrom) : trades;
      backtest.take(wanted.map(recordOfTrade));
      yield progress(day);
    }
    yield progress(day);
  }
  backtest.end();
  yield { ...progress(job.to), days: job.to - job.from + 1 };
  return { found: backtest.found, symbols: symbols.length, ofMinutes };
}

async function symbolsIn(job: BacktestJob, series: StoredPrices): Promise<readonly Symbol[]> {
  if (job.symbols !== null) return job.symbols;
  if (job.rules.every(({ market }) => market === null)) return [...new Set(job.rules.flatMap(symbolsOf))];
  return [...(await series.lastTrades()).keys()].sort();
}

/** What the store has of a day: symbols with trades, and the minutes of those that have only these. */
async function whatThereIs(day: number, symbols: readonly Symbol[], series: StoredPrices) {
  const [from, to] = [startOfSeoulDay(day), startOfSeoulDay(day + 1)];
  const traded: Symbol[] = [];
  const minutes = new Map<Symbol, readonly Candle[]>();
  for (const symbol of symbols) {
    if ((await series.trades({ symbol, from, to, limit: 1 })).length > 0) traded.push(symbol);
    else {
      const candles = await series.candles({ symbol, interval: "1m", from, to, limit: MINUTES_A_DAY });
      if (candles.length > 0) minutes.set(symbol, candles);
    }
  }
  return { traded, minutes };
}

/** A day's trades of all symbols, ascending by time, a part of the day at a time. */
async function* tradesOn(
  day: number,
  { traded, minutes, series }: {
    traded: readonly Symbol[];
    minutes: ReadonlyMap<Symbol, readonly Candle[]>;
    series: StoredPrices;
  },
): AsyncGenerator<readonly Trade[]> {
  if (traded.length + minutes.size === 0) return;
  const made: Trade[] = [];
  for (const [symbol, candles] of minutes) {
    made.push(
      ...tradesOfMinutes(candles.map(barOf), {
        symbol,
        previousClose: await closeBefore(day, symbol, series) ?? candles[0]!.open,
      }),
    );
  }
  made.sort(byTime);
  const parts = traded.length <= FEW_SYMBOLS ? PARTS.few : PARTS.many;
  let used = 0;
  for (let part = 0; part < parts; part++) {
    const from = startOfSeoulDay(day) + part * DAY_MS / parts;
    const to = from + DAY_MS / parts;
    const trades: Trade[] = [];
    for (const symbol of traded) await addTrades(trades, { symbol, from, to }, series);
    let end = used;
    while (end < made.length && made[end]!.eventTime < to) end++;
    for (; used < end; used++) trades.push(made[used]!);
    if (trades.length > 0) yield trades.sort(byTime);
  }
}

/** Adds the trades of a span; where they are more than are asked for at once, of its halves. */
async function addTrades(
  into: Trade[],
  { symbol, from, to }: { symbol: Symbol; from: number; to: number },
  series: StoredPrices,
): Promise<void> {
  const trades = await series.trades({ symbol, from, to, limit: PAGE });
  if (trades.length < PAGE || to - from < 2) {
    for (const trade of trades) into.push(trade);
    return;
  }
  const middle = from + Math.floor((to - from) / 2);
  await addTrades(into, { symbol, from, to: middle }, series);
  await addTrades(into, { symbol, from: middle, to }, series);
}

/** The close of the trading day before, won; undefined where it is not stored. */
async function closeBefore(day: number, symbol: Symbol, series: StoredPrices): Promise<number | undefined> {
  const span = { from: startOfSeoulDay(day - 20), to: startOfSeoulDay(day) };
  return (await series.candles({ symbol, interval: "1d", ...span, limit: 1 })).at(-1)?.close;
}

/** The stored daily candles of each symbol, where measures read days. */
async function daysOf(
  { from, to, rules }: BacktestJob,
  symbols: readonly Symbol[],
  series: StoredPrices,
): Promise<ReadonlyMap<Symbol, readonly DailyCandle[]>> {
  const days = new Map<Symbol, readonly DailyCandle[]>();
  if (!readsDays(rules)) return days;
  const span = { from: startOfSeoulDay(from), until: startOfSeoulDay(to + 1) };
  for (const symbol of symbols) days.set(symbol, await storedDays(series, symbol, span));
  return days;
}

/** Closed minutes of before a time that measures look back at, as a restart of the stream reads them. */
async function minutesBefore(
  { until, rules }: Pick<BacktestJob, "rules"> & { readonly until: number },
  symbols: readonly Symbol[],
  series: StoredPrices,
): Promise<MinuteCandle[]> {
  const lookBack = Math.max(...rules.map(({ conditions }) => lookBackOf(conditions) ?? 0));
  const day = seoulDay(until);
  const first = lookBackFrom(day, lookBack);
  const span = { from: startOfSeoulDay(first), to: until };
  if (span.from === span.to) return [];
  const limit = (day + 1 - first) * MINUTES_A_DAY;
  const found: MinuteCandle[] = [];
  for (const symbol of symbols) {
    for (const candle of await series.candles({ symbol, interval: "1m", ...span, limit })) {
      const { start, open, high, low, close, volume } = candle;
      const value = volume * close;
      found.push({ symbol, start, open, high, low, close, volume, value, trades: 1, last: [] });
    }
  }
  return found.sort((one, other) => one.start - other.start);
}

function barOf({ start, open, high, low, close, volume }: Candle): MinuteBar {
  return { date: dateOf(start), hour: hourOf(start), open, high, low, close, volume };
}

function notesOf(ofMinutes: readonly string[]): string[] {
  if (ofMinutes.length === 0) return [];
  const named = ofMinutes.slice(0, DATES_NAMED).join(", ");
  const more = ofMinutes.length > DATES_NAMED ? ` and ${ofMinutes.length - DATES_NAMED} more` : "";
  return [
    `no trades are stored of some symbols on ${named}${more}: their minutes stand for them, four prices each`,
  ];
}

function byTime(one: Trade, other: Trade): number {
  return one.eventTime - other.eventTime;
}
