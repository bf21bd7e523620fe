import { readsDays } from "../books/stored_days.ts";
import { partitionOfKey } from "../core/murmur2.ts";
import { unpack } from "../core/record_pack.ts";
import { carriedOver, DayCandles } from "../market/day_end.ts";
import { decodeCandle } from "../market/minute_candle_codec.ts";
import { Engine, type EngineOptions } from "../engine/engine.ts";
import { frameRecords } from "../engine/frame_records.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import type { SymbolReference } from "../market/reference.ts";
import { dateOf, seoulDay } from "../market/seoul_time.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Evaluation, Match } from "../rules/evaluation.ts";
import type { Rule } from "../rules/rule.ts";
import { type Fire, fireOf } from "./fire.ts";
import { against, followedOn } from "./followed.ts";
import { PricePath } from "./price_path.ts";
import { pointsOf, type ReportPoint } from "./chart_points.ts";
import type { BacktestRecord } from "./record.ts";
import type { FoundPart } from "./found.ts";
import { Tally } from "./tally.ts";

/** What a backtest is made with. */
export interface BacktestOptions extends Omit<EngineOptions, "keepTrades" | "candles" | "stopsAtDays"> {
  /** The engine's module. */
  readonly module: WebAssembly.Module;
  /** With ids that differ; all of them are evaluated at once. */
  readonly rules: readonly Rule[];
  /** Rules whose fires are counted and not listed, by their ids: the steps of a sweep. */
  readonly countedOnly?: ReadonlySet<string>;
  /** Fires that are listed, at most; 20,000 by default. */
  readonly mostFires?: number;
  /** The first day that counts; on those before it rules may fire, which is not counted. The first there is by default. */
  readonly firstDay?: number;
  /** Whether what is known of the symbols goes on from day to day, as it does in the stream; it is given for each day otherwise. */
  readonly carriesDays?: boolean;
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
  readonly points = new Map<Symbol, ReportPoint[]>();
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
  readonly #firstCloses = new Map<Symbol, number>();
  readonly #firstDay: number;
  readonly #carriesDays: boolean;
  /** What is known of the symbols, where it goes on from day to day. */
  readonly #references = new Map<Symbol, SymbolReference>();
  /** The candles of each partition's day. */
  readonly #dayCandles: (DayCandles | undefined)[];
  #today: BacktestDay | undefined;

  constructor(options: BacktestOptions) {
    const { module, rules, partitions = 1, countedOnly = new Set(), mostFires = MOST_FIRES } = options;
    this.#countedOnly = countedOnly;
    this.#firstDay = options.firstDay ?? -Infinity;
    const carriesDays = this.#carriesDays = (options.carriesDays ?? false) && readsDays(rules);
    this.#mostFires = mostFires;
    this.#engines = Array.from({ length: partitions }, () => {
      const engine = new Engine(module, {
        ...options,
        partitions,
        candles: carriesDays,
        stopsAtDays: carriesDays,
      });
      engine.load(rules);
      return engine;
    });
    this.#pending = this.#engines.map(() => []);
    this.#dayCandles = this.#engines.map(() => undefined);
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
    if (this.#carriesDays) this.#references.set(reference.symbol, reference);
  }

  /** Takes the next records, in the order in which they came. */
  take(records: readonly BacktestRecord[]): void {
    for (const record of records) {
      const day = seoulDay(record.eventTime);
      if (day >= this.#firstDay) {
        if (this.#today === undefined) this.#evaluateAll();
        if (this.#today === undefined || day > this.#today.day) this.#begin(day);
        if (record.price !== undefined) this.#see(record, day);
      }
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

  /** What was found, as plain data. */
  get found(): FoundPart {
    const { days, fires, points, refused, late, trades, unlisted } = this;
    const tallies = new Map([...this.tallies].map(([id, tally]) => [id, tally.counted]));
    const [waiting, firstCloses] = [this.#waiting, this.#firstCloses];
    return { days, fires, tallies, points, refused, late, trades, unlisted, waiting, firstCloses };
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

  #evaluateAll(): void {
    for (let partition = 0; partition < this.#engines.length; partition++) this.#evaluate(partition);
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
    const bytes = frameRecords(records);
    const arrivalOf = (offset: number) => pending[offset - fromOffset]?.arrival;
    const end = this.#offsets[partition] = fromOffset + pending.length;
    for (let next = fromOffset; next < end;) {
      const engine = this.#engines[partition] as Engine;
      const evaluation = engine.evaluate({ framing: "records", bytes, fromOffset: next, arrivalOf });
      next = evaluation.nextOffset;
      if (this.#today !== undefined) {
        this.refused += evaluation.rejected.length;
        this.late += evaluation.late;
      }
      for (const match of evaluation.matches) this.#fired(match);
      if (this.#carriesDays) this.#gather(partition, evaluation);
      if (evaluation.dayBegan) this.#turnDay(partition);
    }
  }

  #gather(partition: number, { candles = [] }: Evaluation): void {
    for (const pack of candles) {
      for (const { value } of unpack(pack)) {
        const candle = decodeCandle(value as Uint8Array);
        const day = seoulDay(candle.start);
        const known = this.#dayCandles[partition];
        if (known === undefined || day > known.day) this.#dayCandles[partition] = new DayCandles(day);
        if (day === this.#dayCandles[partition]?.day) this.#dayCandles[partition]?.take(candle);
      }
    }
  }

  /** As the stream does: what is known of the symbols goes on to the day that begins. */
  #turnDay(partition: number): void {
    const engine = this.#engines[partition] as Engine;
    const candles = this.#dayCandles[partition];
    if (candles === undefined) return;
    const date = dateOf(engine.time.watermark);
    for (const known of this.#references.values()) {
      if (this.#partitionOf(known.symbol) !== partition) continue;
      const candle = candles.of(known.symbol);
      const reference = carriedOver(known, { day: candles.day, candle }, date);
      if (reference === undefined) continue;
      this.#references.set(reference.symbol, reference);
      engine.setReference(reference);
    }
  }

  #fired(match: Match): void {
    if (seoulDay(match.eventTime) < this.#firstDay) return;
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
    this.#evaluateAll();
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
    if (!this.#firstCloses.has(symbol)) this.#firstCloses.set(symbol, close.price);
    for (const fire of this.#waiting.get(symbol) ?? []) {
      const nextClose = against(fire.price, close.price);
      if (fire.followed !== undefined) fire.followed = { ...fire.followed, nextClose };
      this.tallies.get(fire.ruleId)?.follow({ nextClose });
    }
    this.#waiting.delete(symbol);
  }
}
