import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { systemClock } from "../../src/core/clock.ts";
import { tradeName } from "./check.ts";
import { SYMBOLS } from "./world.ts";

/** The trades that stand in a price store's file, by their names; nobody else has it open. */
export async function storedTrades(path: string): Promise<ReadonlySet<string>> {
  const retention = { tickDays: 3_650, candleDays: 3_650, maxBytes: 2 ** 40 };
  const series = new SqliteSeriesStore({ path, clock: systemClock, retention });
  try {
    const found = new Set<string>();
    for (const { symbol } of SYMBOLS) {
      const range = { symbol, from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10_000_000 };
      for (const trade of await series.trades(range)) found.add(tradeName(trade));
    }
    return found;
  } finally {
    await series.close();
  }
}
