import { commonSettings, streamSettings } from "../../config/common.ts";
import { consumerSettings } from "../../config/consumer.ts";
import { controlSettings } from "../../config/control.ts";
import { deliverySettings } from "../../config/delivery.ts";
import { feedSettings } from "../../config/feed.ts";
import { seriesSettings } from "../../config/series.ts";
import { flag, optionalText } from "../../config/setting.ts";
import { telemetrySettings } from "../../config/telemetry.ts";
import { command, type CommandContext } from "../command.ts";

const settings = {
  ...commonSettings,
  ...feedSettings,
  ...seriesSettings,
  ...consumerSettings,
  ...deliverySettings,
  ...controlSettings,
  ...streamSettings,
  ...telemetrySettings,
  logLevel: { ...telemetrySettings.logLevel, default: "warning" as const },
  logFormat: { ...telemetrySettings.logFormat, default: "pretty" as const },
  rules: optionalText({
    placeholder: "FILE",
    description: "Rules that are in force before the feed begins: a JSON array, or one JSON object a line.",
  }),
  exitWhenDone: flag({ description: "Replay: end when the file is done and every alert delivered." }),
};

/** What `tickbell start` is run with. */
export type StartContext = CommandContext<typeof settings>;

/** `tickbell start`: the five roles in one process on the embedded parts. */
export const startCommand = command({
  name: "start",
  summary: "Everything in one process on the embedded parts: from a market feed to a mail",
  settings,
  examples: [
    "deno task start",
    "deno task start --rate 500 --seed 7 --data-dir /tmp/tickbell",
    "deno task start --source replay --file frames.txt --speed max --exit-when-done --rules rules.ndjson",
  ],
  // Loaded when it is run: the other commands are to begin at once.
  run: async (context) => await (await import("../start.ts")).start(context),
});
