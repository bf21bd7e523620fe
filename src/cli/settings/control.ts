import { streamSettings } from "../../config/common.ts";
import { controlSettings } from "../../config/control.ts";
import { deliverySettings } from "../../config/delivery.ts";
import { mirrorSettings } from "../../config/lambda.ts";
import { seriesSettings } from "../../config/series.ts";
import { sharedSettings } from "./shared.ts";

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

/** What `tickbell control` reads. */
export const controlRoleSettings = {
  ...sharedSettings,
  ...controlSettings,
  ...seriesSettings,
  ...streamSettings,
  ...addressSettings,
  sesTopics: deliverySettings.sesTopics,
  telegramToken: deliverySettings.telegramToken,
  telegramApi: deliverySettings.telegramApi,
  ...mirrorSettings,
};
