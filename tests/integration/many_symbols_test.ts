import { expect } from "expect";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import { systemClock } from "../../src/core/clock.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { withControl } from "../support/control.ts";
import { engineModule } from "../support/engine_module.ts";
import { tradeOf } from "../support/trades.ts";
import { until } from "../support/until.ts";

/** 10:00 in Seoul on a trading day. */
const T0 = Date.parse("2026-11-23T10:00:00+09:00");
const SYMBOLS = ["005930", "000660", "035720"];

Deno.test("a rule for several symbols, posted to the API, fires on every partition, each symbol on its own, and again once it is changed", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 4, clock: systemClock });
  const module = await engineModule();
  const stop = new AbortController();
  const alerts: Alert[] = [];
  const stream = new Stream({
    log,
    module,
    directory: new SymbolDirectory([]),
    clock: systemClock,
    random: Math.random,
    onAlert: (alert) => alerts.push(alert),
  });
  const running = stream.run(stop.signal);
  const trade = (symbol: string, at: number, over: Partial<Trade>) => {
    const made = tradeOf({ symbol, eventTime: T0 + at, change: over.price! - 10_000, open: 10_000, ...over });
    const value = encodeTrade({ ...made, rate: made.change / 100 });
    return log.append([{ topic: "trades", key: symbol, value, timestamp: made.eventTime }]);
  };
  const ids = async (count: number) => {
    await until(() => alerts.length >= count || undefined, `${count} alerts`);
    return alerts.splice(0).map(({ id }) => id).sort();
  };
  try {
    await withControl(async ({ json }) => {
      const recipients = ["kim@example.com"];
      const list = {
        symbols: SYMBOLS.slice(0, 2),
        when: "rate >= 5",
        on: "crossing",
        repeat: "day",
        recipients,
      };
      await json("POST", "/v1/rules", { ...list, id: "list" });
      await json("POST", "/v1/rules", {
        market: "*",
        when: "price >= 12000",
        repeat: "1h",
        recipients,
        id: "all",
      });
      for (const symbol of SYMBOLS) await trade(symbol, 0, { price: 10_400 });
      for (const symbol of SYMBOLS) await trade(symbol, 1, { price: 10_500 });
      const day = Date.parse("2026-11-23T00:00:00+09:00");
      expect(await ids(2)).toEqual([`list:000660@${day}`, `list:005930@${day}`]);
      for (const symbol of SYMBOLS) await trade(symbol, 2, { price: 12_000 });
      expect(await ids(3)).toEqual(SYMBOLS.map((symbol) => `all:${symbol}@${T0}`).sort());
      const changed = await json("PATCH", "/v1/rules/list", { when: "rate >= 21", symbols: SYMBOLS });
      expect(changed.body).toMatchObject({ version: 2, armed: 2 });
      for (const symbol of SYMBOLS) await trade(symbol, 3, { price: 12_200 });
      expect(await ids(3)).toEqual(SYMBOLS.map((symbol) => `list:${symbol}!2@${day}`).sort());
      await json("DELETE", "/v1/rules/list");
      await json("PATCH", "/v1/rules/all", { note: "still" });
      await json("POST", "/v1/rules", { symbol: "005930", when: "price >= 1", recipients, id: "last" });
      for (const symbol of SYMBOLS) await trade(symbol, 4, { price: 13_000 });
      expect(await ids(1)).toEqual([`last@${T0}`]);
    }, { log, inForce: (rules) => stream.inForce(rules) });
  } finally {
    stop.abort();
    await running;
    await log.close();
  }
});
