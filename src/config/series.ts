import { integer, onlyWith, optionalText, text } from "./setting.ts";

/** Where prices are kept, and for how long. */
export const seriesSettings = onlyWith({
  influxUrl: optionalText({
    description:
      "InfluxDB 2's address, e.g. http://influxdb:8086; without it prices are kept in DATA_DIR/series.db.",
    placeholder: "URL",
  }),
  influxToken: {
    ...optionalText({
      description:
        "InfluxDB's API token: the consumer's reads and writes its buckets, control's reads them, that of topics create makes them.",
      placeholder: "TOKEN",
    }),
    secret: true,
  },
  influxOrg: text({ default: "project", description: "InfluxDB's organisation.", placeholder: "NAME" }),
  influxBucket: text({
    default: "stock",
    description: "InfluxDB's bucket of trades and quotes; candles are in NAME-candles.",
    placeholder: "NAME",
  }),
  seriesTickDays: integer({
    default: 7,
    min: 1,
    max: 3650,
    description: "Days that trades and quotes are kept.",
    placeholder: "DAYS",
  }),
  seriesQuoteMinutes: integer({
    default: 60,
    min: 1,
    max: 5_256_000,
    description:
      "Minutes that order books are kept in series.db, at most as long as trades; the newest of each symbol stays. Not for InfluxDB.",
    placeholder: "MINUTES",
  }),
  seriesCandleDays: integer({
    default: 3650,
    min: 1,
    max: 36_500,
    description: "Days that candles are kept.",
    placeholder: "DAYS",
  }),
  seriesMaxMb: integer({
    default: 2048,
    min: 16,
    max: 1_048_576,
    description:
      "Size series.db stays under, in MiB; the oldest trades and quotes go first. Not for InfluxDB.",
    placeholder: "MIB",
  }),
}, [
  { setting: "influxUrl", is: "given", names: ["influxToken", "influxOrg", "influxBucket"] },
]);
