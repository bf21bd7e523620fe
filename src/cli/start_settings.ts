import { commonSettings, streamSettings } from "../config/common.ts";
import { consumerSettings } from "../config/consumer.ts";
import { controlSettings } from "../config/control.ts";
import { deliverySettings } from "../config/delivery.ts";
import { feedSettings } from "../config/feed.ts";
import { seriesSettings } from "../config/series.ts";
import { flag, optionalText } from "../config/setting.ts";
import { upstreamSettings } from "../config/upstream.ts";
import { telemetrySettings } from "../config/telemetry.ts";
import type { CommandContext } from "./command.ts";

/** What `tickbell start` reads. */
export const startSettings = {
  ...commonSettings,
  ...feedSettings,
  ...seriesSettings,
  ...consumerSettings,
  ...deliverySettings,
  ...controlSettings,
  ...streamSettings,
  ...telemetrySettings,
  ...upstreamSettings,
  logLevel: { ...telemetrySettings.logLevel, default: "warning" as const },
  logFormat: { ...telemetrySettings.logFormat, default: "pretty" as const },
  webPush: {
    ...flag({
      description:
        "Browsers may subscribe to web push; its keys are made once and kept in DATA_DIR/push-keys, unless --push-keys gives some.",
    }),
  },
  rules: optionalText({
    placeholder: "FILE",
    description: "Rules that are in force before the feed begins: a JSON array, or one JSON object a line.",
  }),
  exitWhenDone: {
    ...flag({ description: "Replay: end when the file is done and every alert delivered." }),
    only: { setting: "source", is: ["replay"] },
  },
};

/** What `tickbell start` is run with. */
export type StartContext = CommandContext<typeof startSettings>;
