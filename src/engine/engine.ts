import { assert } from "../core/errors.ts";
import type { Trade } from "../market/trade.ts";
import { DEFAULT_MAX_AHEAD_MS } from "../market/ahead.ts";
import { RATE_SCALE } from "../market/decimal.ts";
import { MAX_EVENT_TIME } from "../market/decode_trade.ts";
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
import type { Rule } from "../rules/rule.ts";
import { FRAMING_RECORD_BATCH_V2, FRAMING_RECORDS, STATUS_BOUNDARY, STATUS_DONE } from "../../wasm/layout.ts";
import { type EngineExports, instantiate, packSymbol } from "./module.ts";
import { MatchReader } from "./match_reader.ts";
import { readRejects } from "./reject_reader.ts";
import { RuleTable } from "./rule_table.ts";
import { Control, Views } from "./views.ts";
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
  /** How many matches the module hands over at a time, 4,096 by default; a batch may have any number. */
  readonly matchCapacity?: number;
  /** How many refused records it hands over at a time, 1,024 by default. */
  readonly rejectCapacity?: number;
}

/** The largest batch, in bytes. */
export const MAX_BATCH_BYTES = 256 * 1024 * 1024;

const FRAMINGS = { "record-batch-v2": FRAMING_RECORD_BATCH_V2, records: FRAMING_RECORDS };
/** What no record has as its offset. */
const NO_OFFSET = -1;
const NO_MATCHES: readonly Match[] = Object.freeze([]);

/**
 * Rules against trades, for one partition: which rules fire, each at most once in a window. The work is done in the WASM
 * module; `Oracle` in src/rules/evaluate.ts says in plain TypeScript what comes out. Synchronous, without a clock.
 *
 * @example
 * ```ts
 * import { assert } from "../core/errors.ts";
 * import { compileEngine, Engine } from "./engine.ts";
 * const engine = new Engine(await compileEngine(await Deno.readFile("wasm/build/engine.wasm")));
 * const { trades, matches } = engine.evaluate({ framing: "records", bytes: new Uint8Array(), fromOffset: 0 });
 * assert(trades === 0 && matches.length === 0, "nothing comes of nothing");
 * ```
 */
export class Engine {
  readonly windowMs: number;
  readonly graceMs: number;
  readonly maxAheadMs: number;
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #control: Control;
  readonly #rules: RuleTable;
  readonly #windows: Windows;
  readonly #matches: MatchReader;
  /** The latest arrival that was asked for. */
  #arrival = 0;

  constructor(module: WebAssembly.Module, options: EngineOptions = {}) {
    this.windowMs = options.windowMs ?? DEFAULT_WINDOW_MS;
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
    this.maxAheadMs = options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS;
    assertOptions(this);
    const matchCapacity = options.matchCapacity ?? 4096;
    const rejectCapacity = options.rejectCapacity ?? 1024;
    assert(matchCapacity > 0 && rejectCapacity > 0, "the engine's buffers must hold at least one item");
    this.#wasm = instantiate(module);
    this.#wasm.start(this.windowMs, this.graceMs, matchCapacity, rejectCapacity);
    this.#views = new Views(this.#wasm.memory);
    this.#control = new Control(this.#views);
    this.#rules = new RuleTable(this.#wasm, this.#views);
    this.#windows = new Windows(this.#wasm, this.windowMs, this.graceMs);
    this.#matches = new MatchReader(this.#views, this.#wasm.matchesAddress() >>> 0, this.windowMs);
    this.#setBoundary();
  }

  get ruleCount(): number {
    return this.#rules.count;
  }

  get time(): PartitionTime {
    return { watermark: this.#control.watermark, arrival: this.#arrival };
  }

  /** Goes on from a time; one that is older changes nothing. */
  resume({ watermark, arrival }: PartitionTime): void {
    assertTime(watermark);
    this.#arrival = Math.max(this.#arrival, arrival);
    this.#advance(Math.max(watermark, this.#control.watermark));
  }

  /** Puts many rules at once; of those with one id the last stands. A million take a fraction of a second. */
  load(rules: readonly Rule[]): void {
    this.#rules.load(rules, this.#control.watermark);
    this.#setBoundary();
  }

  /** Adds a rule or replaces the one with its id, which keeps what it has fired. */
  put(rule: Rule): void {
    this.#rules.put(rule, this.#control.watermark);
    this.#setBoundary();
  }

  /** Removes a rule; one that is not there is no error. Put again, it does not fire again in the same window. */
  remove(ruleId: string): void {
    this.#rules.remove(ruleId, this.#windows.newest);
  }

  /** Says that a rule has fired in a window: after a restart, from the alerts. The rule need not be loaded yet. */
  restore({ ruleId, windowStart }: FiredMark): void {
    assertTime(windowStart);
    const window = this.#windows.windowOf(windowStart);
    if (window < this.#windows.oldest) return;
    if (window > this.#windows.newest) this.#windows.keep(ruleId, window);
    else this.#rules.markFired(ruleId, window, this.#windows.newest);
  }

  /** Evaluates a batch: every record of it from `fromOffset` on. */
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
    this.#control.refused = NO_OFFSET;
    const matches: Match[] = [];
    const rejected: Rejected[] = [];
    const counts = { trades: 0, passed: 0, late: 0, halted: 0, expected: 0 };
    const control = this.#control;
    for (;;) {
      const status = this.#wasm.run();
      counts.trades += control.trades;
      counts.passed += control.passed;
      counts.late += control.late;
      counts.halted += control.halted;
      counts.expected += control.expected;
      this.#matches.read(control.matches, this.#rules.byOrdinal, matches);
      if (control.rejects > 0) this.#readRejects(batch, rejected);
      if (status === STATUS_DONE) break;
      if (status === STATUS_BOUNDARY) this.#reach(batch);
    }
    return { ...counts, nextOffset: control.nextOffset, matches, rejected };
  }

  /** Evaluates one trade that is parsed already. Late, halted and expected ones match nothing. */
  evaluateTrade(trade: Trade, offset: number): readonly Match[] {
    const { low, high } = packSymbol(trade.symbol);
    const flags = (trade.halted === "Y" ? 1 : 0) | ((trade.session ?? "0") !== "0" ? 2 : 0);
    const rate = Math.round(trade.rate * 10 ** RATE_SCALE);
    const sign = Number(trade.sign);
    const { eventTime, price, change, volume } = trade;
    assertTime(eventTime);
    this.#control.refused = NO_OFFSET;
    let matches = NO_MATCHES;
    for (;;) {
      const status = this.#wasm.runTrade(
        low,
        high,
        eventTime,
        price,
        sign,
        change,
        rate,
        volume,
        flags,
        offset,
      );
      const count = this.#control.matches;
      if (count > 0) {
        const more: Match[] = [];
        this.#matches.read(count, this.#rules.byOrdinal, more);
        matches = matches === NO_MATCHES ? more : matches.concat(more);
      }
      if (status === STATUS_DONE) return matches;
      if (status === STATUS_BOUNDARY) this.#reach({});
    }
  }

  #readRejects(batch: TradeBatch, into: Rejected[]): void {
    const address = this.#wasm.rejectsAddress() >>> 0;
    readRejects(this.#views, { address, count: this.#control.rejects, batch, into });
  }

  /** A trade is at the boundary: the time moves on to it, or it is refused when no arrival vouches for it. */
  #reach({ arrivalOf }: Pick<TradeBatch, "arrivalOf">): void {
    const { reached, reachedOffset } = this.#control;
    if (reached > this.#arrival + this.maxAheadMs) {
      const arrival = arrivalOf?.(reachedOffset) ?? reached;
      if (reached > arrival + this.maxAheadMs) {
        this.#control.refused = reachedOffset;
        return;
      }
      this.#arrival = Math.max(this.#arrival, arrival);
    }
    this.#advance(reached);
  }

  /** Moves the watermark on: opens the windows it reaches, takes out the rules that expire. */
  #advance(time: number): void {
    this.#control.watermark = time;
    const fired = this.#windows.advance(time);
    if (fired !== undefined) {
      this.#rules.retire(this.#windows.oldest);
      for (const { id, window } of fired) this.#rules.markFired(id, window, this.#windows.newest);
    }
    this.#rules.expire(time);
    this.#setBoundary();
  }

  /** Where the module must stop and ask: the end of the newest window, the next expiry, or what no arrival vouches for. */
  #setBoundary(): void {
    const unvouched = this.#arrival + this.maxAheadMs + 1;
    this.#control.boundary = Math.min(this.#windows.end, this.#rules.nextExpiry, unvouched);
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
