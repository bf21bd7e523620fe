import { Engine, type TradeBatch } from "../../engine/engine.ts";
import { batchOfTrades } from "../../engine/trade_batch.ts";
import type { ChartBar } from "../../market/chart_interval.ts";
import type { Trade } from "../../market/trade.ts";
import { DEFAULT_GRACE_MS, DEFAULT_WINDOW_MS } from "../../rules/evaluation.ts";
import { makeRule } from "../../rules/make_rule.ts";
import { parseRule } from "../../rules/parse_rule.ts";

/** Trades that the engine is given at once. */
const PART = 5_000;

/** What a rule would have done on the trades that are loaded. Times are epoch ms. */
export interface PreviewResult {
  readonly times: readonly number[];
  readonly trades: number;
  readonly from: number;
  readonly to: number;
}

/** Trades of one symbol, ascending by time, on which rules are tried by the stream's own engine. */
export class Preview {
  readonly #module: WebAssembly.Module;
  readonly #batches: readonly TradeBatch[];
  readonly #symbol: string;
  #past: readonly ChartBar[] = [];
  readonly #span: { readonly trades: number; readonly from: number; readonly to: number };

  constructor(module: WebAssembly.Module, trades: readonly Trade[]) {
    this.#module = module;
    this.#span = {
      trades: trades.length,
      from: trades[0]?.eventTime ?? 0,
      to: trades.at(-1)?.eventTime ?? 0,
    };
    const batches: TradeBatch[] = [];
    for (let at = 0; at < trades.length; at += PART) {
      batches.push(batchOfTrades(trades.slice(at, at + PART), at));
    }
    this.#batches = batches;
    this.#symbol = trades[0]?.symbol ?? "";
  }

  /** Epoch ms: when the first trade was. */
  get from(): number {
    return this.#span.from;
  }

  /** Takes the minutes of before the first trade that measures read, ascending. */
  takePast(candles: readonly ChartBar[]): void {
    this.#past = candles;
  }

  /**
   * When a rule would have fired.
   *
   * @param body A rule as the API takes it.
   * @throws {InputError} for what is none.
   */
  fires(body: unknown): PreviewResult {
    const { from } = this.#span;
    const rule = makeRule(parseRule(body), { id: "preview", now: from });
    const engine = new Engine(this.#module, { windowMs: DEFAULT_WINDOW_MS, graceMs: DEFAULT_GRACE_MS });
    engine.load([{ ...rule, enabled: true, expiresAt: null, maxAlertsPerDay: null }]);
    for (const candle of this.#past) {
      engine.takeCandle({ ...candle, symbol: this.#symbol, value: 0, trades: 1, last: [] });
    }
    const times = this.#batches.flatMap((batch) =>
      engine.evaluate(batch).matches.map(({ eventTime }) => eventTime)
    );
    return { times, ...this.#span };
  }
}
