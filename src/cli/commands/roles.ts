import { command } from "../command.ts";
import { roleSettings } from "../role_settings.ts";

// The roles are loaded when they are run: no process loads the others'.

/** `tickbell producer`: a market feed into the trades and quotes topics. */
export const producerCommand = command({
  name: "producer",
  summary: "A market feed into the trades and quotes topics",
  settings: roleSettings.producer,
  examples: ["tickbell producer --brokers kafka-1:9092,kafka-2:9092 --source kis --symbols rules"],
  run: async (context) => await (await import("../roles/producer.ts")).runProducer(context),
});

/** `tickbell stream`: trades in, alerts out. */
export const streamCommand = command({
  name: "stream",
  summary: "Trades in, alerts out: evaluates the rules",
  settings: roleSettings.stream,
  examples: ["tickbell stream --brokers kafka-1:9092,kafka-2:9092"],
  run: async (context) => await (await import("../roles/stream.ts")).runStream(context),
});

/** `tickbell consumer`: trades and quotes into the price series. */
export const consumerCommand = command({
  name: "consumer",
  summary: "Trades and quotes into the price series: InfluxDB, or SQLite",
  settings: roleSettings.consumer,
  examples: ["tickbell consumer --brokers kafka-1:9092 --influx-url http://influxdb:8086"],
  run: async (context) => await (await import("../roles/consumer.ts")).runConsumer(context),
});

/** `tickbell notifier`: alerts in, messages out. */
export const notifierCommand = command({
  name: "notifier",
  summary: "Alerts in, messages out: mail, webhook, Slack, Telegram, Discord, ntfy, text messages, web push",
  settings: roleSettings.notifier,
  examples: ["tickbell notifier --brokers kafka-1:9092 --mail ses --mail-from alerts@example.com"],
  run: async (context) => await (await import("../roles/notifier.ts")).runNotifier(context),
});

/** `tickbell control`: the API and the console. */
export const controlCommand = command({
  name: "control",
  summary: "The control API and the console",
  settings: roleSettings.control,
  examples: ["tickbell control --brokers kafka-1:9092 --port 8000 --influx-url http://influxdb:8086"],
  run: async (context) => await (await import("../roles/control.ts")).runControl(context),
});
