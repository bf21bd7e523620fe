import { partitionOfKey } from "../core/murmur2.ts";
import { Engine, type EngineOptions } from "../engine/engine.ts";
import { frameRecords } from "../engine/frame_records.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import type { SymbolReference } from "../market/reference.ts";
import { seoulDay } from "../market/seoul_time.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Match } from "../rules/evaluation.ts";
import type { Rule } from "../rules/rule.ts";
import { type Fire, fireOf } from "./fire.ts";
import { against, followedOn } from "./followed.ts";
import { PricePath } from "./price_path.ts";
import { type ChartPoint, pointsOf } from "./chart_points.ts";
import type { BacktestRecord } from "./record.ts";
import { Tally } from "./tally.ts";

/** What a backtest is made with. */
export interface BacktestOptions extends Omit<EngineOptions, "keepTrades" | "candles"> {
  /** The engine's module. */
  readonly module: WebAssembly.Module;
  /** With ids that differ; all of them are evaluated at once. */
  readonly rules: readonly Rule[];
  /** Rules whose fires are counted and not listed, by their ids: the steps of a sweep. */
  readonly countedOnly?: ReadonlySet<string>;
  /** Fires that are listed, at most; 20,000 by default. */
  readonly mostFires?: number;
}

/** What a day of it was. */
export interface BacktestDay {
  /** As `seoulDay` numbers them. */
  readonly day: number;
  trades: number;
  fires: number;
}

/** Records that are evaluated at once. */
const BATCH = 4_096;
const MOST_FIRES = 20_000;
/** Symbols whose prices are kept for charts, at most. */
const MOST_CHARTED = 60;

const utf8 = new TextEncoder();

/**
 * Rules over recorded trades: the stream's own engine, one for each partition that the trades topic would have, and what
 * followed each fire. Days are given in their order; memory is bounded by a day of trades and by {@link BacktestOptions.mostFires}.
 */
export class Backtest {
  readonly days: BacktestDay[] = [];
  /** The fires that are listed, in the order of time once {@link end} was called. */
  readonly fires: Fire[] = [];
  readonly tallies = new Map<string, Tally>();
  /** Prices to draw, by symbol. */
  readonly points = new Map<Symbol, ChartPoint[]>();
  /** Records that could not be evaluated: refused by the engine, or too late to fire. */
  refused = 0;
  late = 0;
  trades = 0;
  /** Fires that are counted and not listed for want of room. */
  unlisted = 0;
  readonly #engines: readonly Engine[];
  readonly #pending: BacktestRecord[][];
  readonly #offsets: number[];
  readonly #countedOnly: ReadonlySet<string>;
  readonly #mostFires: number;
  readonly #paths = new Map<Symbol, PricePath>();
  /** Fires of the day that is open, and those that wait for the next close, by symbol. */
  #open: Fire[] = [];
  readonly #waiting = new Map<Symbol, Fire[]>();
  #today: BacktestDay | undefined;

  constructor(options: BacktestOptions) {
    const { module, rules, partitions = 1, countedOnly = new Set(), mostFires = MOST_FIRES } = options;
    this.#countedOnly = countedOnly;
    this.#mostFires = mostFires;
    this.#engines = Array.from({ length: partitions }, () => {
      const engine = new Engine(module, { ...options, partitions });
      engine.load(rules);
      return engine;
    });
    this.#pending = this.#engines.map(() => []);
    this.#offsets = this.#engines.map(() => 0);
    for (const { id } of rules) this.tallies.set(id, new Tally());
  }

  /**
   * Takes what is known from before the first record, as a restart of the stream does.
   *
   * @param candles closed minutes, ascending by time.
   */
  restore(candles: readonly MinuteCandle[]): void {
    const last = candles.at(-1);
    if (last === undefined) return;
    for (const [partition, engine] of this.#engines.entries()) {
      engine.resume({ watermark: last.start, arrival: last.start });
      engine.restoreSymbols(candles.filter(({ symbol }) => this.#partitionOf(symbol) === partition), []);
    }
  }

  /** What is known of a symbol on a day, from the next record on. */
  setReference(reference: SymbolReference): void {
    const partition = this.#partitionOf(reference.symbol);
    this.#evaluate(partition);
    this.#engines[partition]?.setReference(reference);
  }

  /** Takes the next records, in the order in which they came. */
  take(records: readonly BacktestRecord[]): void {
    for (const record of records) {
      const day = seoulDay(record.eventTime);
      if (this.#today === undefined || day > this.#today.day) this.#begin(day);
      if (record.price !== undefined) this.#see(record, day);
      const partition = this.#partitionOf(record.symbol);
      const pending = this.#pending[partition] as BacktestRecord[];
      pending.push(record);
      if (pending.length >= BATCH) this.#evaluate(partition);
    }
  }

  /** Evaluates what was taken, and ends the last day. */
  end(): void {
    this.#endDay();
    this.fires.sort((one, other) => one.at - other.at || (one.alertId < other.alertId ? -1 : 1));
  }

  #partitionOf(symbol: Symbol): number {
    return this.#engines.length === 1 ? 0 : partitionOfKey(symbol, this.#engines.length);
  }

  #see({ symbol, price, eventTime, makesClose = true }: BacktestRecord, day: number): void {
    const today = this.#today as BacktestDay;
    this.trades++;
    today.trades++;
    if (day !== today.day) return;
    let path = this.#paths.get(symbol);
    if (path === undefined) this.#paths.set(symbol, path = new PricePath(day));
    path.add({ price: price as number, at: eventTime }, makesClose);
  }

  #begin(day: number): void {
    this.#endDay();
    this.#today = { day, trades: 0, fires: 0 };
    this.days.push(this.#today);
  }

  #evaluate(partition: number): void {
    const pending = this.#pending[partition] as BacktestRecord[];
    if (pending.length === 0) return;
    this.#pending[partition] = [];
    const fromOffset = this.#offsets[partition] as number;
    const records = pending.map(({ value }, each) => ({
      offset: fromOffset + each,
      value: utf8.encode(value),
    }));
    const evaluation = (this.#engines[partition] as Engine).evaluate({
      framing: "records",
      bytes: frameRecords(records),
      fromOffset,
      arrivalOf: (offset) => pending[offset - fromOffset]?.arrival,
    });
    this.#offsets[partition] = fromOffset + pending.length;
    this.refused += evaluation.rejected.length;
    this.late += evaluation.late;
    for (const match of evaluation.matches) this.#fired(match);
  }

  #fired(match: Match): void {
    const fire = fireOf(match);
    const today = this.#today as BacktestDay;
    this.tallies.get(fire.ruleId)?.fire(fire.symbol, today.day);
    this.#open.push(fire);
    if (this.#countedOnly.has(fire.ruleId)) return;
    today.fires++;
    if (this.fires.length < this.#mostFires) this.fires.push(fire);
    else this.unlisted++;
  }

  #endDay(): void {
    for (let partition = 0; partition < this.#engines.length; partition++) this.#evaluate(partition);
    for (const [symbol, path] of this.#paths) this.#endPath(symbol, path);
    for (const fire of this.#open) {
      const path = this.#paths.get(fire.symbol);
      if (path === undefined) continue;
      fire.followed = followedOn(path, fire);
      this.tallies.get(fire.ruleId)?.follow(fire.followed);
      const waiting = this.#waiting.get(fire.symbol);
      if (waiting === undefined) this.#waiting.set(fire.symbol, [fire]);
      else waiting.push(fire);
    }
    this.#open = [];
    this.#paths.clear();
  }

  /** The close of a symbol's day is the next one of what fired on its day before. */
  #endPath(symbol: Symbol, path: PricePath): void {
    const points = this.points.get(symbol);
    if (points !== undefined) points.push(...pointsOf(path));
    else if (this.points.size < MOST_CHARTED) this.points.set(symbol, pointsOf(path));
    const close = path.close();
    if (close === undefined) return;
    for (const fire of this.#waiting.get(symbol) ?? []) {
      const nextClose = against(fire.price, close.price);
      if (fire.followed !== undefined) fire.followed = { ...fire.followed, nextClose };
      this.tallies.get(fire.ruleId)?.follow({ nextClose });
    }
    this.#waiting.delete(symbol);
  }
}
