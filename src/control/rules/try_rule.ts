import { Engine } from "../../engine/engine.ts";
import { batchOfTrades } from "../../engine/trade_batch.ts";
import type { SymbolReference } from "../../market/reference.ts";
import type { Candle } from "../../ports/series_store.ts";
import { dateOf } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import type { Match } from "../../rules/evaluation.ts";
import { Oracle } from "../../rules/evaluate.ts";
import type { Rule } from "../../rules/rule.ts";

/** One rule, tried on a symbol's recorded trades as the stream would have evaluated them. */
export interface Trial {
  /**
   * Evaluates the next trades, ascending by time.
   *
   * @returns when the rule fires.
   */
  take(trades: readonly Trade[]): readonly Match[];
}

/**
 * Begins a trial of a rule, by the engine, or by the oracle where its module is not loaded.
 *
 * @param rule its `maxAlertsPerDay` is left to the caller.
 */
export function tryRule(
  rule: Rule,
  options: {
    module: WebAssembly.Module | undefined;
    windowMs: number;
    graceMs: number;
    /** What is known of the symbol on a day, `YYYYMMDD`. */
    referenceOn: (date: string) => SymbolReference | undefined;
    /** Candles of a minute before the first trade, ascending, for measures that read them. */
    candles: readonly Candle[];
  },
): Trial {
  const { module, windowMs, graceMs, referenceOn, candles } = options;
  const tried = { ...rule, maxAlertsPerDay: null };
  let offset = 0;
  if (module !== undefined) {
    const engine = new Engine(module, { windowMs, graceMs });
    engine.load([tried]);
    for (const candle of candles) engine.takeCandle({ ...candle, value: 0, trades: 1, last: [] });
    return byDays(engine, referenceOn, (trades) => {
      const { matches, nextOffset } = engine.evaluate(batchOfTrades(trades, offset));
      offset = nextOffset;
      return matches;
    });
  }
  const oracle = new Oracle({ windowMs, graceMs });
  oracle.put(tried);
  for (const candle of candles) oracle.takeCandle(candle);
  const utf8 = new TextEncoder();
  const recordOf = (trade: Trade) => ({ offset: offset++, value: utf8.encode(encodeTrade(trade)) });
  return byDays(oracle, referenceOn, (trades) => oracle.evaluate(trades.map(recordOf)).matches);
}

/** A trial that is given what is known of the symbol before each day. */
function byDays(
  given: { setReference(reference: SymbolReference): void },
  referenceOn: (date: string) => SymbolReference | undefined,
  evaluate: Trial["take"],
): Trial {
  let today = "";
  return {
    take: (trades) =>
      [...Map.groupBy(trades, ({ eventTime }) => dateOf(eventTime))].flatMap(([date, ofDay]) => {
        const reference = date === today ? undefined : referenceOn(date);
        if (reference !== undefined) given.setReference(reference);
        today = date;
        return evaluate(ofDay);
      }),
  };
}
