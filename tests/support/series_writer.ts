/**
 * What src/adapters/sqlite/series_kill_test.ts runs and kills: writes trades as fast as it can, and prints how many have been acknowledged.
 *
 * @module
 */
import { systemClock } from "../../src/core/clock.ts";
import { OPENING, tradeOf } from "../contract/series_store.ts";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";

const [path = "", from = "0"] = Deno.args;
const retention = { tickDays: 7, candleDays: 3650, maxBytes: 1e9 };
const store = new SqliteSeriesStore({ path, clock: systemClock, retention });
for (let done = Number(from);;) {
  const trades = Array.from({ length: 20 }, (_, i) => tradeOf({ eventTime: OPENING + done + i, volume: 1 }));
  await store.write({ trades, quotes: [] });
  done += trades.length;
  console.log(done);
}
