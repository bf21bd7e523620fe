import { expect } from "expect";
import { InfluxSeriesStore } from "../adapters/influx/series_store.ts";
import { SqliteSeriesStore } from "../adapters/sqlite/series_store.ts";
import { loadConfig } from "../config/load.ts";
import { seriesSettings } from "../config/series.ts";
import { systemClock } from "../core/clock.ts";
import { InputError } from "../core/errors.ts";
import { openSeries } from "./open_series.ts";

const deps = { clock: systemClock };

function configOf(env: Record<string, string>) {
  return loadConfig(seriesSettings, { flags: {}, env });
}

Deno.test("without an address of InfluxDB prices are kept in the data directory", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-open-series-" });
  const store = openSeries({ ...configOf({}), dataDir }, deps);
  expect(store).toBeInstanceOf(SqliteSeriesStore);
  expect((await Deno.stat(`${dataDir}/series.db`)).isFile).toBe(true);
  await store.close();
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("with an address prices go to InfluxDB, which needs a token", () => {
  const url = { TICKBELL_INFLUX_URL: "http://127.0.0.1:8086" };
  const dataDir = "/nowhere";
  expect(() => openSeries({ ...configOf(url), dataDir }, deps)).toThrow(InputError);
  const config = configOf({ ...url, TICKBELL_INFLUX_TOKEN: "t" });
  expect(openSeries({ ...config, dataDir }, deps)).toBeInstanceOf(InfluxSeriesStore);
  expect([config.influxOrg, config.influxBucket]).toEqual(["project", "stock"]);
});
