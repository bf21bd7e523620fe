import { commonSettings, streamSettings } from "../../config/common.ts";
import { consumerSettings } from "../../config/consumer.ts";
import { controlSettings } from "../../config/control.ts";
import { deliverySettings } from "../../config/delivery.ts";
import { feedSettings } from "../../config/feed.ts";
import { logSettings } from "../../config/log.ts";
import { seriesSettings } from "../../config/series.ts";
import { telemetrySettings } from "../../config/telemetry.ts";
import { consoleFiles } from "../../console/files.ts";
import { Control } from "../../control/control.ts";
import { Consumer } from "../../roles/consumer.ts";
import { Notifier } from "../../roles/notifier.ts";
import { Producer } from "../../roles/producer.ts";
import { SelfCheck } from "../../roles/self_check.ts";
import { Stream } from "../../roles/stream.ts";
import { traced } from "../../roles/traced_channel.ts";
import { command } from "../command.ts";
import { controlDeps } from "../control_deps.ts";
import { embeddedApiKey, prepareDataDir } from "../data_dir.ts";
import { notifierOptions, openChannels } from "../open_channels.ts";
import { openSeries } from "../open_series.ts";
import { openSource, symbolsOf } from "../open_source.ts";
import { runRole } from "../role_process.ts";
import { serveApi } from "../serve_api.ts";
import { directoryOf, loadEngine, loadListing } from "../wiring.ts";

const shared = { ...commonSettings, ...logSettings, ...telemetrySettings };

/** `tickbell producer`: a market feed into the trades and quotes topics. */
export const producerCommand = command({
  name: "producer",
  summary: "A market feed into the trades and quotes topics",
  settings: { ...shared, ...feedSettings },
  examples: ["tickbell producer --brokers kafka-1:9092,kafka-2:9092 --source kis --symbols rules"],
  run: (context) =>
    runRole("producer", context, async ({ log, clock, random, health, registry }) => {
      const { config } = context;
      const listing = await loadListing(config.symbolsFile);
      const source = await openSource(config, { log, clock, random, listing });
      const symbols = await symbolsOf(config);
      return new Producer({ log, source, clock, random, health, registry, symbols });
    }),
});

/** `tickbell stream`: trades in, alerts out. */
export const streamCommand = command({
  name: "stream",
  summary: "Trades in, alerts out: evaluates the rules",
  settings: { ...shared, ...streamSettings },
  examples: ["tickbell stream --brokers kafka-1:9092,kafka-2:9092"],
  run: (context) =>
    runRole("stream", context, async (parts) => {
      const { config } = context;
      const { windowMs, graceWindows, commitMs } = config;
      const directory = directoryOf(await loadListing(config.symbolsFile), config);
      return new Stream({
        ...parts,
        module: await loadEngine(),
        directory,
        windowMs,
        graceWindows,
        commitMs,
      });
    }),
});

/** `tickbell consumer`: trades and quotes into the price series. */
export const consumerCommand = command({
  name: "consumer",
  summary: "Trades and quotes into the price series: InfluxDB, or SQLite",
  settings: { ...shared, ...seriesSettings, ...consumerSettings, ...streamSettings },
  examples: ["tickbell consumer --brokers kafka-1:9092 --influx-url http://influxdb:8086"],
  run: (context) =>
    runRole("consumer", context, async (parts) => {
      const { config } = context;
      const dataDir = config.influxUrl === undefined ? await prepareDataDir(config.dataDir) : config.dataDir;
      const series = openSeries({ ...config, dataDir }, parts);
      const consumer = new Consumer({
        ...parts,
        series,
        batchPoints: config.seriesBatchPoints,
        batchMs: config.seriesBatchMs,
      });
      // Beside the consumer, which nobody waits for in milliseconds.
      const { windowMs, graceWindows } = config;
      const selfCheck = new SelfCheck({ ...parts, windowMs, graceWindows });
      return {
        run: async (signal) => void await Promise.all([consumer.run(signal), selfCheck.run(signal)]),
        close: () => series.close(),
      };
    }),
});

/** `tickbell notifier`: alerts in, messages out. */
export const notifierCommand = command({
  name: "notifier",
  summary: "Alerts in, messages out: mail, webhook, Slack, Telegram",
  settings: { ...shared, ...deliverySettings },
  examples: ["tickbell notifier --brokers kafka-1:9092 --mail ses --mail-from alerts@example.com"],
  run: (context) =>
    runRole("notifier", context, async (parts) => {
      const { config } = context;
      const dataDir = config.mail === "outbox" ? await prepareDataDir(config.dataDir) : config.dataDir;
      const channels = await openChannels({ ...config, dataDir });
      const notifier = new Notifier({
        ...parts,
        ...notifierOptions({ ...config, dataDir }),
        channels: channels.map(traced),
      });
      return {
        run: (signal) => notifier.run(signal),
        close: async () => void await Promise.all(channels.map((channel) => channel.close())),
      };
    }),
});

/** `tickbell control`: the API and the console. */
export const controlCommand = command({
  name: "control",
  summary: "The control API and the console",
  settings: {
    ...shared,
    ...controlSettings,
    ...seriesSettings,
    ...streamSettings,
    linkSecret: deliverySettings.linkSecret,
    sesTopics: deliverySettings.sesTopics,
  },
  examples: ["tickbell control --brokers kafka-1:9092 --port 8000 --influx-url http://influxdb:8086"],
  run: (context) =>
    runRole("control", context, async (parts) => {
      const { config } = context;
      const dataDir = config.influxUrl === undefined ? await prepareDataDir(config.dataDir) : config.dataDir;
      const series = openSeries({ ...config, dataDir }, parts);
      const directory = directoryOf(await loadListing(config.symbolsFile), config);
      const rootKey = config.apiKey ?? await embeddedApiKey(await prepareDataDir(config.dataDir));
      const control = new Control({
        ...parts,
        ...controlDeps(config, { ...parts, engine: await loadEngine() }),
        series,
        directory,
        rootKey,
        consoleFiles,
      });
      return {
        run: async (signal) => {
          const served = serveApi((request) => control.app.fetch(request), config);
          context.err(`tickbell control: ${served.url}`);
          await control.run(signal).finally(() => served.close());
        },
        close: () => series.close(),
      };
    }, { serveTelemetry: false }),
});
