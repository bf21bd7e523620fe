import { assert, InputError } from "../core/errors.ts";
import { aheadReason, DEFAULT_MAX_AHEAD_MS } from "../market/ahead.ts";
import { MAX_EVENT_TIME } from "../market/decode_trade.ts";
import { decodeMarketEvent, type MarketEvent, type StatusEvent } from "../market/market_event.ts";
import { MARKET_SESSIONS, marketSessionAt } from "../market/market_session.ts";
import type { MinuteCandle } from "../market/minute_candle.ts";
import type { SymbolReference } from "../market/reference.ts";
import {
  DEFAULT_GRACE_MS,
  DEFAULT_WINDOW_MS,
  type Evaluation,
  type FiredMark,
  type Match,
  MAX_GRACE_MS,
  MIN_WINDOW_MS,
  type PartitionTime,
  type Rejected,
  type WindowOptions,
} from "../rules/evaluation.ts";
import { lookBackOf } from "../rules/measures.ts";
import type { Rule, RuleList } from "../rules/rule.ts";
import {
  FRAMING_RECORD_BATCH_V2,
  FRAMING_RECORDS,
  KEEP_CANDLES,
  STATUS_BOUNDARY,
  STATUS_DONE,
  STATUS_EVENT,
  STATUS_HALTED,
  STATUS_VI,
  WARM_AGAIN,
  WARM_LAST,
} from "../../wasm/layout.ts";
import { CandleBook } from "./candle_book.ts";
import { WindowClasses } from "./classes.ts";
import { Days } from "./days.ts";
import { KeyedLanes } from "./keyed_lanes.ts";
import { type EngineExports, instantiate } from "./module.ts";
import { MatchReader } from "./match_reader.ts";
import { readRejects } from "./reject_reader.ts";
import { restoreLastTrades } from "./restore_trades.ts";
import { RuleTable } from "./rule_table.ts";
import { Symbols } from "./symbols.ts";
import { batchOfTrades } from "./trade_batch.ts";
import { ControlBlock, Views } from "./views.ts";
import { Windows } from "./windows.ts";

export { compileEngine } from "./module.ts";
export type { Evaluation, Match, Rejected } from "../rules/evaluation.ts";

/** Undecoded trades of one partition. */
export interface TradeBatch {
  /** As in src/ports/event_log.ts. */
  readonly framing: "record-batch-v2" | "records";
  readonly bytes: Uint8Array;
  /** Records before this offset are skipped. */
  readonly fromOffset: number;
  /** When a record arrived, epoch ms; where it is not known, an event time counts as its own arrival. */
  readonly arrivalOf?: (offset: number) => number | undefined;
}

export interface EngineOptions extends WindowOptions {
  /** Of the trades topic: each has its share of a rule's `maxAlertsPerDay`; 1 by default. */
  readonly partitions?: number;
  /**
   * Whether each symbol's last trades are kept from the beginning, false by default: then from the first rule on that
   * needs them, and {@link Engine.keepsTrades} says so: such a rule examines what stood before.
   */
  readonly keepTrades?: boolean;
  /** Whether minute candles are made of the trades, false by default. */
  readonly candles?: boolean;
  /**
   * Whether an evaluation ends where a new day begins, false by default: what is known of the symbols on that day can be
   * given to the engine before the day's first record is evaluated.
   */
  readonly stopsAtDays?: boolean;
  /** How many matches the module hands over at a time, 4,096 by default; a batch may have any number. */
  readonly matchCapacity?: number;
  /** How many refused records it hands over at a time, 1,024 by default. */
  readonly rejectCapacity?: number;
}

/** The largest batch, in bytes. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024;

const FRAMINGS = { "record-batch-v2": FRAMING_RECORD_BATCH_V2, records: FRAMING_RECORDS };
/** Of an engine without measures of minute candles. */
const NO_LOOK_BACK = -1;
/** What no record has as its offset. */
const NO_OFFSET = -1;

/**
 * Rules against trades, for one partition: which rules fire, each at most once in a window. The work is done in the WASM
 * module; `Oracle` in src/rules/evaluate.ts says in plain TypeScript what comes out. Synchronous, without a clock.
 *
 * @example
 * ```ts
 * import { compileEngine, Engine } from "./engine.ts";
 * const engine = new Engine(await compileEngine(await Deno.readFile("wasm/build/engine.wasm")));
 * const { trades, matches } = engine.evaluate({ framing: "records", bytes: new Uint8Array(), fromOffset: 0 });
 * console.assert(trades === 0 && matches.length === 0);
 * ```
 */
export class Engine {
  readonly windowMs: number;
  readonly graceMs: number;
  readonly maxAheadMs: number;
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #control: ControlBlock;
  readonly #symbols: Symbols;
  readonly #classes: WindowClasses;
  readonly #rules: RuleTable;
  readonly #windows: Windows;
  readonly #days: Days;
  readonly #matches: MatchReader;
  #candles: CandleBook | undefined;
  readonly #givesCandles: boolean;
  #lookBack = NO_LOOK_BACK;
  /** The latest arrival that was asked for. */
  #arrival = 0;
  #formingFrom = 0;
  #warming = false;
  readonly #stopsAtDays: boolean;
  #dayBegan = false;

  constructor(module: WebAssembly.Module, options: EngineOptions = {}) {
    this.windowMs = options.windowMs ?? DEFAULT_WINDOW_MS;
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
    this.maxAheadMs = options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS;
    assertOptions(this);
    const { matchCapacity = 4096, rejectCapacity = 1024, partitions = 1, keepTrades = false } = options;
    assert(matchCapacity > 0 && rejectCapacity > 0, "the engine's buffers must have at least one item");
    const wasm = this.#wasm = instantiate(module);
    wasm.start(this.windowMs, this.graceMs, matchCapacity, rejectCapacity);
    const views = this.#views = new Views(wasm.memory);
    this.#control = new ControlBlock(views);
    const symbols = this.#symbols = new Symbols(wasm, views);
    const classes = this.#classes = new WindowClasses(wasm, this.windowMs);
    const windows = this.#windows = new Windows(wasm, this.windowMs, this.graceMs);
    const keyed = new KeyedLanes({ wasm, views, symbols, classes });
    const rules = this.#rules = new RuleTable({
      wasm,
      views,
      symbols,
      classes,
      windows,
      keyed,
      partitions,
      keepTrades,
    });
    this.#days = new Days(wasm, views);
    this.#givesCandles = options.candles ?? false;
    this.#stopsAtDays = options.stopsAtDays ?? false;
    if (this.#givesCandles) this.#makeCandles();
    this.#matches = new MatchReader({ views, address: wasm.matchesAddress() >>> 0, rules, symbols, classes });
    this.#setBoundary();
  }

  get ruleCount(): number {
    return this.#rules.count;
  }

  get time(): PartitionTime {
    return { watermark: this.#control.watermark, arrival: this.#arrival };
  }

  /** Whether each symbol's last trades are kept: a rule needs them, or it was asked for. */
  get keepsTrades(): boolean {
    return this.#rules.keepsTrades;
  }

  /**
   * The offset of the record with which the minute began that forms: what is read again from there, after the closed
   * candles, is all that is known of the symbols.
   */
  get formingFrom(): number {
    return this.#formingFrom;
  }
  set formingFrom(offset: number) {
    this.#formingFrom = offset;
  }

  /**
   * Takes what is known from before a restart: the closed candles of the day, ascending by the order in which they were
   * written, and the statuses that are in effect. The time is resumed before.
   */
  restoreSymbols(candles: Iterable<MinuteCandle>, statuses: readonly StatusEvent[]): void {
    this.#warm(WARM_LAST, () => {
      restoreLastTrades(candles, {
        symbols: this.#symbols,
        views: this.#views,
        wasm: this.#wasm,
        evaluate: (trades) => void this.evaluate(batchOfTrades(trades, 0)),
        closed: (candle) => this.#candles?.restore(candle),
      });
      for (const status of statuses) this.#takeStatus(status, 0, []);
    });
  }

  /**
   * How many trading days before today the measures of minute candles that are in use look back; 0: at today only, -1: there
   * are none.
   */
  get lookBack(): number {
    return this.#lookBack;
  }

  /** The first ms whose closed candles the engine has; Infinity: it has none. */
  get candlesFrom(): number {
    return this.#candles?.from ?? Infinity;
  }

  /**
   * Keeps closed candles from now on as far back as `lookBack` says. Before a rule is put that looks further back than
   * {@link Engine.lookBack}, this and {@link Engine.takeCandle} give the engine those that had closed before
   * {@link Engine.candlesFrom}; else such a rule has values when enough have closed.
   */
  keepCandles(lookBack: number): void {
    if (lookBack <= this.#lookBack) return;
    this.#lookBack = lookBack;
    this.#makeCandles().lookBack(lookBack);
    this.#setBoundary();
  }

  /** Takes a candle that had closed, as the candles topic has it, for measures: of a minute the newest counts. */
  takeCandle(candle: MinuteCandle): void {
    if (candle.start >= this.candlesFrom) this.#candles?.restore(candle);
  }

  #makeCandles(): CandleBook {
    if (this.#candles !== undefined) return this.#candles;
    this.#wasm.keep(KEEP_CANDLES);
    const parts = { wasm: this.#wasm, views: this.#views, control: this.#control, symbols: this.#symbols };
    const candles = this.#candles = new CandleBook({ ...parts, graceMs: this.graceMs });
    candles.reach(this.#control.watermark);
    return candles;
  }

  /** Keeps the candles that rules read. */
  #lookBackFor(rules: RuleList): void {
    let most = this.#lookBack;
    for (let each = 0; each < rules.length; each++) {
      most = Math.max(most, lookBackOf(rules.at(each)!.conditions) ?? NO_LOOK_BACK);
    }
    this.keepCandles(most);
  }

  /** Takes a batch that was evaluated before a restart: it fires nothing. */
  warmUp(batch: TradeBatch): void {
    this.#warm(WARM_AGAIN, () => void this.evaluate(batch));
  }

  #warm(what: number, work: () => void): void {
    this.#warming = true;
    this.#wasm.warmUp(what);
    try {
      work();
    } finally {
      this.#wasm.warmUp(0);
      this.#warming = false;
    }
  }

  /** Goes on from a time; one that is older changes nothing. */
  resume({ watermark, arrival }: PartitionTime): void {
    assertTime(watermark);
    this.#arrival = Math.max(this.#arrival, arrival);
    this.#advance(Math.max(watermark, this.#control.watermark));
  }

  /** Puts many rules at once; of those with one id the last stands. A million take a fraction of a second. */
  load(rules: RuleList): void {
    this.#lookBackFor(rules);
    this.#rules.load(rules, this.#control.watermark);
    this.#setBoundary();
  }

  /** Adds a rule or replaces the one with its id, which keeps what it has fired unless it is armed anew. */
  put(rule: Rule): void {
    this.#lookBackFor([rule]);
    this.#rules.put(rule, this.#control.watermark);
    this.#setBoundary();
  }

  /** Removes a rule; one that is not there is no error. Put again, it does not fire again in the same window. */
  remove(ruleId: string): void {
    this.#rules.remove(ruleId, this.#control.watermark);
  }

  /** What is known of a symbol on a day: daily measures have a value on that day only, a market's rules from now on. */
  setReference(reference: SymbolReference): void {
    this.#symbols.setReference(reference);
  }

  /** Says that a rule has fired: after a restart, from the alerts. The rule need not be loaded yet. */
  restore(mark: FiredMark): void {
    assertTime(mark.windowStart);
    this.#rules.restore(mark);
  }

  /** Evaluates a batch: every record of it from `fromOffset` on, to its end or that of a day. */
  evaluate(batch: TradeBatch): Evaluation {
    const { bytes, fromOffset } = batch;
    assert(
      bytes.length <= MAX_BATCH_BYTES,
      `a batch has at most ${MAX_BATCH_BYTES} bytes, got ${bytes.length}`,
    );
    assert(Number.isSafeInteger(fromOffset) && fromOffset >= 0, `bad offset ${fromOffset}`);
    const input = this.#wasm.reserveInput(bytes.length) >>> 0;
    this.#views.u8.set(bytes, input);
    this.#wasm.open(FRAMINGS[batch.framing], bytes.length, fromOffset);
    const control = this.#control;
    control.refused = NO_OFFSET;
    control.eventOffset = NO_OFFSET;
    const matches: Match[] = [];
    const rejected: Rejected[] = [];
    const statuses: StatusEvent[] = [];
    const counts = { trades: 0, passed: 0, late: 0, halted: 0, expected: 0 };
    this.#dayBegan = false;
    let nextOffset: number | undefined;
    while (nextOffset === undefined) {
      const status = this.#wasm.run();
      counts.trades += control.trades;
      counts.passed += control.passed;
      counts.late += control.late;
      counts.halted += control.halted;
      counts.expected += control.expected;
      this.#matches.read(control.matches, matches);
      if (control.rejects > 0) this.#readRejects(batch, rejected);
      if (status === STATUS_DONE) nextOffset = control.nextOffset;
      if (status === STATUS_BOUNDARY) {
        this.#reachOrRefuse(batch);
        if (this.#dayBegan) nextOffset = control.reachedOffset;
      }
      if (status === STATUS_EVENT) {
        this.#takeEvent(batch, { matches, rejected, statuses });
        if (this.#dayBegan) {
          nextOffset = control.eventOffset + 1;
          counts.passed++;
        }
      }
    }
    const evaluation = {
      ...counts,
      nextOffset,
      matches,
      rejected,
      ...(this.#dayBegan ? { dayBegan: true } : {}),
    };
    const candles = this.#candles?.take() ?? [];
    return this.#givesCandles ? { ...evaluation, candles, statuses } : evaluation;
  }

  #readRejects(batch: TradeBatch, into: Rejected[]): void {
    const address = this.#wasm.rejectsAddress() >>> 0;
    readRejects(this.#views, { address, count: this.#control.rejects, batch, into });
  }

  /** A trade is at the boundary: the time moves on to it, or it is refused. */
  #reachOrRefuse({ arrivalOf }: TradeBatch): void {
    const { reached, reachedOffset } = this.#control;
    if (!this.#reach(reached, reachedOffset, arrivalOf)) {
      this.#control.refused = reachedOffset;
    }
  }

  /** A status may fire rules, a time mark moves the time; what is of another kind, or not whole, is passed over. */
  #takeEvent(batch: TradeBatch, into: Found): void {
    const { eventOffset: offset, eventStart: start, eventLength: length } = this.#control;
    const bytes = batch.bytes.slice(start, start + length);
    const event = readEvent(bytes);
    if (event === undefined) return;
    if (this.#warming) {
      this.#wasm.warmUpTo(event.eventTime);
      if (event.kind === "status" && event.eventTime <= this.#control.watermark) {
        this.#takeStatus(event, offset, []);
      }
      return;
    }
    if (!this.#reach(event.eventTime, offset, batch.arrivalOf)) {
      const reason = aheadReason(event.eventTime, batch.arrivalOf?.(offset) as number);
      into.rejected.push({ offset, code: "future_event_time", reason, bytes });
    } else if (event.kind === "status") {
      into.statuses.push(event);
      this.#takeStatus(event, offset, into.matches);
    }
  }

  #takeStatus(event: StatusEvent, offset: number, into: Match[]): void {
    const { symbol, eventTime, vi, halted, venue = "KRX" } = event;
    const index = this.#symbols.indexOf(symbol);
    const bits = (vi === "Y" ? STATUS_VI : 0) | (halted === "Y" ? STATUS_HALTED : 0);
    const session = MARKET_SESSIONS.indexOf(marketSessionAt(venue, eventTime));
    for (let again = 0;; again = 1) {
      const status = this.#wasm.runStatus(index, eventTime, bits, session, offset, again);
      this.#matches.read(this.#control.matches, into);
      if (status === STATUS_DONE) return;
    }
  }

  /** Moves the time on to an event's, unless no arrival up to now vouches for it: only then is its own looked for. */
  #reach(time: number, offset: number, arrivalOf: TradeBatch["arrivalOf"]): boolean {
    const { watermark } = this.#control;
    if (time > watermark && time > this.#arrival + this.maxAheadMs) {
      const arrival = arrivalOf?.(offset) ?? time;
      if (time > arrival + this.maxAheadMs) return false;
      this.#arrival = Math.max(this.#arrival, arrival);
    }
    this.#advance(Math.max(time, watermark), offset);
    return true;
  }

  /** Moves the watermark on: opens the windows and days it reaches, takes out the rules that expire. */
  #advance(time: number, offset?: number): void {
    this.#control.watermark = time;
    if (this.#candles?.reach(time) && offset !== undefined) this.#formingFrom = offset;
    if (this.#days.reach(time) && this.#stopsAtDays) this.#dayBegan = true;
    if (this.#windows.advance(time)) {
      const oldest = time - this.graceMs;
      this.#classes.forgetBefore(oldest);
      this.#rules.markDue();
      this.#rules.retire(time, oldest);
    }
    this.#rules.expire(time);
    this.#setBoundary();
  }

  /** Where the module must stop and ask: the end of a window or a day, the next expiry, or what no arrival vouches for. */
  #setBoundary(): void {
    const unvouched = this.#arrival + this.maxAheadMs + 1;
    this.#control.boundary = Math.min(
      this.#windows.end,
      this.#days.end,
      this.#rules.nextExpiry,
      this.#candles?.end ?? Infinity,
      unvouched,
    );
  }
}

/** What a batch gives, besides counts. */
interface Found {
  readonly matches: Match[];
  readonly rejected: Rejected[];
  readonly statuses: StatusEvent[];
}

function readEvent(bytes: Uint8Array): MarketEvent | undefined {
  try {
    return decodeMarketEvent(bytes);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return undefined;
  }
}

function assertTime(time: number): void {
  if (Number.isSafeInteger(time) && time >= 0 && time < MAX_EVENT_TIME) return;
  assert(false, `a time must be epoch ms before the year 2100, got ${time}`);
}

function assertOptions({ windowMs, graceMs, maxAheadMs }: Required<WindowOptions>): void {
  assert(
    Number.isSafeInteger(windowMs) && windowMs >= MIN_WINDOW_MS,
    `a window must be an integer of at least ${MIN_WINDOW_MS} ms, got ${windowMs}`,
  );
  assert(
    Number.isSafeInteger(graceMs) && graceMs >= 0 && graceMs <= MAX_GRACE_MS,
    `the grace must be 0 to ${MAX_GRACE_MS} ms, got ${graceMs}`,
  );
  assert(
    Number.isSafeInteger(maxAheadMs) && maxAheadMs >= 0,
    `the allowance must be ms, got ${maxAheadMs}`,
  );
}
