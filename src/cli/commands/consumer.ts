import { command } from "../command.ts";
import { consumerRoleSettings } from "../settings/consumer.ts";

/** `tickbell consumer`: trades and quotes into the price series. The role itself is loaded when it is run. */
export const consumerCommand = command({
  name: "consumer",
  summary: "Trades and quotes into the price series: InfluxDB, or SQLite",
  settings: consumerRoleSettings,
  examples: ["tickbell consumer --brokers kafka-1:9092 --influx-url http://influxdb:8086"],
  run: async (context) => await (await import("../roles/consumer.ts")).runConsumer(context),
});
