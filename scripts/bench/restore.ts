/**
 * How long a stream takes to come back: the candles of its symbols and the alerts of the live windows read from an embedded
 * log into an engine with rules on moves, volumes and RSI of every symbol.
 *
 * @module
 */

import { alertFixture } from "../../src/alerts/fixture.ts";
import { encodeAlert } from "../../src/alerts/codec.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Engine } from "../../src/engine/engine.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeCandle } from "../../src/market/minute_candle_codec.ts";
import type { EventLog, NewRecord } from "../../src/ports/event_log.ts";
import { restorePartition } from "../../src/roles/stream/restore.ts";
import { RuleHistory } from "../../src/rules/rule_history.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { tradeOf } from "../../tests/support/trades.ts";

const SYMBOLS = 450;
const CANDLES = 200;
const ALERTS = 10_000;
const PASSES = 3;
const MINUTE = 60_000;
/** 09:00 in Seoul on a trading day. */
const OPEN = Date.parse("2026-11-23T09:00:00+09:00");

/** `deno task bench restore`: ms, best and worst of three passes. */
async function restoreScenario(): Promise<readonly Record<string, unknown>[]> {
  const folder = await Deno.makeTempDir();
  const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 1, clock: systemClock });
  try {
    await write(log);
    const times: number[] = [];
    for (let pass = 0; pass < PASSES; pass++) times.push(await restore(log));
    const [best, worst] = [Math.min(...times), Math.max(...times)].map(Math.round);
    return [{ symbols: SYMBOLS, candles: CANDLES, alerts: ALERTS, best_ms: best, worst_ms: worst }];
  } finally {
    await log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const symbolAt = (index: number) => String(index * 10 + 20).padStart(6, "0");

async function write(log: EventLog): Promise<void> {
  for (let minute = 0; minute < CANDLES; minute++) {
    const start = OPEN + minute * MINUTE;
    await log.append(Array.from({ length: SYMBOLS }, (_, index): NewRecord => {
      const price = 10_000 + index + minute % 7;
      const trade = tradeOf({ symbol: symbolAt(index), eventTime: start + 59_000, price });
      const { symbol } = trade;
      const prices = { open: price, high: price, low: price, close: price };
      const last = [{ trade, high: price, low: price }];
      const candle = { symbol, start, ...prices, volume: 100, value: 100 * price, trades: 10, last };
      return { topic: "candles", key: symbol, value: encodeCandle(candle), timestamp: start };
    }));
  }
  const alerts = Array.from({ length: ALERTS }, (_, each): NewRecord => {
    const symbol = symbolAt(each % SYMBOLS);
    const alert = alertFixture({ id: `r${each}@${OPEN}`, ruleId: `r${each}`, symbol, windowStart: OPEN });
    return { topic: "alerts", key: symbol, value: encodeAlert(alert), timestamp: OPEN };
  });
  await log.append(alerts);
}

async function restore(log: EventLog): Promise<number> {
  const engine = new Engine(await engineModule(), { keepTrades: true, candles: true });
  engine.load(Array.from({ length: SYMBOLS * 3 }, (_, each) => {
    const condition = [
      { measure: "move", params: ["5m"], comparator: "gte", value: 1_000 },
      { measure: "volume_ratio", params: ["5m"], comparator: "gte", value: 3_000 },
      { measure: "rsi", params: [14, "1m"], comparator: "lte", value: 1_000 },
    ][each % 3] as never;
    const symbol = symbolAt(Math.floor(each / 3));
    return ruleOf({ id: `m${each}`, symbol, kind: "condition", conditions: [condition] });
  }));
  const to = SYMBOLS * CANDLES;
  const began = performance.now();
  await restorePartition({
    log,
    partition: 0,
    engine,
    rules: new RuleHistory(),
    directory: new SymbolDirectory([]),
    signal: new AbortController().signal,
    position: {
      alertsFrom: 0,
      watermark: OPEN + CANDLES * MINUTE,
      arrival: OPEN + CANDLES * MINUTE,
      candles: { from: 0, to },
      days: [],
      formingFrom: null,
    },
    done: 0,
  });
  return performance.now() - began;
}

export const scenarios = { restore: restoreScenario };
