import { InfluxSeriesStore } from "../adapters/influx/series_store.ts";
import { SqliteSeriesStore } from "../adapters/sqlite/series_store.ts";
import type { Values } from "../config/setting.ts";
import type { seriesSettings } from "../config/series.ts";
import type { Clock } from "../core/clock.ts";
import { InputError } from "../core/errors.ts";
import type { SeriesStore } from "../ports/series_store.ts";

/** The settings the price series needs: its own group, and the data directory. */
export type SeriesConfig = Values<typeof seriesSettings> & { readonly dataDir: string };

/**
 * The price series that is configured: InfluxDB when there is an address, else SQLite in the data directory.
 *
 * @throws {InputError} `bad_configuration` when InfluxDB has no token.
 * @throws {OutsideError} `series_unusable` when the file cannot be opened.
 */
export function openSeries(config: SeriesConfig, deps: { readonly clock: Clock }): SeriesStore {
  if (config.influxUrl !== undefined) return openInflux(config.influxUrl, config, deps.clock);
  return new SqliteSeriesStore({
    path: `${config.dataDir}/series.db`,
    clock: deps.clock,
    retention: {
      tickDays: config.seriesTickDays,
      quoteMinutes: config.seriesQuoteMinutes,
      candleDays: config.seriesCandleDays,
      maxBytes: config.seriesMaxMb * 1024 * 1024,
    },
  });
}

function openInflux(url: string, config: SeriesConfig, clock: Clock): SeriesStore {
  if (config.influxToken === undefined) {
    throw new InputError("bad_configuration", [{
      field: "TICKBELL_INFLUX_TOKEN",
      code: "missing_setting",
      reason: "must be set when TICKBELL_INFLUX_URL is",
    }]);
  }
  return new InfluxSeriesStore({
    url,
    token: config.influxToken,
    org: config.influxOrg,
    bucket: config.influxBucket,
    tickDays: config.seriesTickDays,
    candleDays: config.seriesCandleDays,
    clock,
  });
}
