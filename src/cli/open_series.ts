import { SqliteSeriesStore } from "../adapters/sqlite/series_store.ts";
import type { Values } from "../config/setting.ts";
import type { seriesSettings } from "../config/series.ts";
import type { Clock } from "../core/clock.ts";
import type { SeriesStore } from "../ports/series_store.ts";

/** The settings the price series needs: its own group, and the data directory. */
export type SeriesConfig = Values<typeof seriesSettings> & { readonly dataDir: string };

/**
 * The price series that is configured: InfluxDB when there is an address, else SQLite in the data directory.
 *
 * @throws {OutsideError} `series_unusable` when the file cannot be opened.
 */
export function openSeries(config: SeriesConfig, deps: { readonly clock: Clock }): SeriesStore {
  return new SqliteSeriesStore({
    path: `${config.dataDir}/series.db`,
    clock: deps.clock,
    retention: {
      tickDays: config.seriesTickDays,
      candleDays: config.seriesCandleDays,
      maxBytes: config.seriesMaxMb * 1024 * 1024,
    },
  });
}
