import { expect } from "expect";
import { engineModule } from "../../tests/support/engine_module.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import { encodeTrade } from "../market/encode_trade.ts";
import type { Trade } from "../market/trade.ts";
import { Oracle } from "../rules/evaluate.ts";
import { InputIssues } from "../rules/input_issues.ts";
import { parseWhen } from "../rules/when.ts";
import { Engine } from "./engine.ts";
import { batchOfTrades } from "./trade_batch.ts";

const THREE = Date.parse("2026-11-23T15:00:00+09:00");
const MINUTE = 60_000;

Deno.test("two venues' trades of one minute are each measured since their own session began", async () => {
  const conditions = parseWhen("volume_ratio(1m) >= 10", "when", new InputIssues())!;
  const rule = ruleOf({ kind: "condition", comparator: null, value: null, conditions });
  const trades: Trade[] = [
    ...Array.from(
      { length: 30 },
      (_, at) => tradeOf({ eventTime: THREE + at * MINUTE, volume: 100, venue: "KRX" }),
    ),
    // NXT's after-market has just begun: there are no pieces of it yet. The exchange's closing auction is of its long day.
    tradeOf({ eventTime: THREE + 30 * MINUTE + 1_000, volume: 1, venue: "NXT" }),
    tradeOf({ eventTime: THREE + 30 * MINUTE + 2_000, volume: 5_000, venue: "KRX" }),
  ];
  const engine = new Engine(await engineModule());
  engine.load([rule]);
  const found = engine.evaluate(batchOfTrades(trades, 0)).matches;
  const oracle = new Oracle();
  oracle.load([rule]);
  const utf8 = new TextEncoder();
  const wanted = oracle.evaluate(
    trades.map((trade, offset) => ({ offset, value: utf8.encode(encodeTrade(trade)) })),
  );
  expect(wanted.matches.map(({ offset, values }) => [offset, values])).toEqual([[31, [5_001]]]);
  expect(found.map(({ offset, values }) => [offset, values])).toEqual([[31, [5_001]]]);
});
