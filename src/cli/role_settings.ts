import { commonSettings, streamSettings, timeSettings } from "../config/common.ts";
import { consumerSettings } from "../config/consumer.ts";
import { controlSettings } from "../config/control.ts";
import { deliverySettings } from "../config/delivery.ts";
import { feedSettings } from "../config/feed.ts";
import { mirrorSettings } from "../config/lambda.ts";
import { logSettings } from "../config/log.ts";
import { seriesSettings } from "../config/series.ts";
import { telemetrySettings } from "../config/telemetry.ts";
import type { CommandContext } from "./command.ts";

const shared = { ...commonSettings, ...logSettings, ...telemetrySettings };

/** What control must know of how messages are sent, the same as the notifier. */
const addressSettings = {
  mail: deliverySettings.mail,
  consoleUrl: deliverySettings.consoleUrl,
  linkSecret: deliverySettings.linkSecret,
  confirmRecipients: deliverySettings.confirmRecipients,
  confirmedRecipients: deliverySettings.confirmedRecipients,
  refusedDomains: deliverySettings.refusedDomains,
  webhookLocal: deliverySettings.webhookLocal,
  slackApi: deliverySettings.slackApi,
  discordApi: deliverySettings.discordApi,
};

/** What the command of each role reads. */
export const roleSettings = {
  producer: { ...shared, ...feedSettings, ...timeSettings },
  stream: { ...shared, ...streamSettings },
  consumer: { ...shared, ...seriesSettings, ...consumerSettings, ...streamSettings },
  notifier: { ...shared, ...deliverySettings },
  control: {
    ...shared,
    ...controlSettings,
    ...seriesSettings,
    ...streamSettings,
    ...addressSettings,
    sesTopics: deliverySettings.sesTopics,
    telegramToken: deliverySettings.telegramToken,
    telegramApi: deliverySettings.telegramApi,
    ...mirrorSettings,
  },
};

/** What a role's command is run with. */
export type RoleContext<R extends keyof typeof roleSettings> = CommandContext<typeof roleSettings[R]>;
