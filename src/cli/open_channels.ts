import { DiscordChannel } from "../adapters/discord/discord_channel.ts";
import { NtfyChannel } from "../adapters/ntfy/ntfy_channel.ts";
import { PushChannel } from "../adapters/push/push_channel.ts";
import { SlackChannel } from "../adapters/slack/slack_channel.ts";
import { SmsChannel } from "../adapters/sms/sms_channel.ts";
import { TelegramChannel } from "../adapters/telegram/telegram_channel.ts";
import { WebhookChannel } from "../adapters/webhook/webhook_channel.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import { linksOf } from "../alerts/links.ts";
import type { Channel } from "../ports/channel.ts";
import type { ChannelName } from "../rules/channels.ts";
import type { NotifierOptions } from "../roles/notifier/options.ts";
import { consentPolicy } from "./consent_policy.ts";
import { badSetting } from "./bad_setting.ts";

/** The settings the channels need: their own group, and the data directory for the outbox. */
export type DeliveryConfig = Values<typeof deliverySettings> & { readonly dataDir: string };

/** How a channel other than mail is opened; undefined where it lacks what it needs. */
type Opener = (config: DeliveryConfig) => Channel | undefined;

const OPENERS: Readonly<Record<Exclude<ChannelName, "mail">, Opener>> = {
  slack: (config) => new SlackChannel({ base: config.slackApi }),
  webhook(config) {
    const secrets = config.webhookSecret?.split(",").map((secret) =>
      longEnough("webhookSecret", secret.trim())
    );
    return secrets && new WebhookChannel({ secrets, allowLocal: config.webhookLocal });
  },
  telegram: ({ telegramToken: token, telegramApi: base }) =>
    token === undefined ? undefined : new TelegramChannel({ token, base }),
  discord: (config) => new DiscordChannel({ base: config.discordApi }),
  ntfy: ({ ntfyUrl: base, ntfyToken: token }) =>
    base === undefined ? undefined : new NtfyChannel({ base, ...(token === undefined ? {} : { token }) }),
  sms(config) {
    const { smsGateway: gateway, smsUrl: url, smsProfile: profile, smsTemplate: template } = config;
    if (gateway === "none") return undefined;
    return new SmsChannel({
      gateway,
      key: needed("smsKey", config.smsKey),
      secret: needed("smsSecret", config.smsSecret),
      from: needed("smsFrom", config.smsFrom),
      ...(url === undefined ? {} : { url }),
      ...(template === undefined ? {} : { template, profile: needed("smsProfile", profile) }),
    });
  },
  push({ pushKeys, pushSubject: subject, webhookLocal: allowLocal }) {
    if (pushKeys === undefined) return undefined;
    const [publicKey = "", privateKey = ""] = pushKeys.split(",").map((key) => key.trim());
    if (!/^[\w-]{87}$/.test(publicKey) || !/^[\w-]{43}$/.test(privateKey)) {
      throw badSetting(
        "pushKeys",
        "must be the two keys that tickbell recipients push-keys makes, with a comma between",
      );
    }
    return new PushChannel({ keys: { publicKey, privateKey }, subject, allowLocal });
  },
};

/**
 * The channels that are configured: always one for mail, the others where they have what they need.
 *
 * @param openMail the way of mail: it differs by where this runs.
 * @throws {InputError} code `bad_configuration`; {OutsideError} code `outbox_unwritable`.
 */
export async function openChannels(
  config: DeliveryConfig,
  openMail: (config: DeliveryConfig) => Promise<Channel>,
): Promise<Channel[]> {
  const others = Object.values(OPENERS).map((open) => open(config));
  return [await openMail(config), ...others.filter((channel) => channel !== undefined)];
}

function longEnough(field: string, secret: string): string {
  if (secret.length >= 16) return secret;
  throw badSetting(field, "must have 16 characters or more");
}

function needed(field: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw badSetting(field, "must be given with an SMS gateway");
}
/** The options of the notifier, and of the Lambda, that come from settings. */
export function notifierOptions(config: DeliveryConfig): Partial<NotifierOptions> {
  const { consoleUrl } = config;
  const secret = config.linkSecret === undefined
    ? {}
    : { secret: longEnough("linkSecret", config.linkSecret) };
  return {
    unknown: config.unknownOutcome,
    stormPerMinute: config.stormPerMinute,
    maxAttempts: config.deliveryAttempts,
    maxAgeMs: config.maxAlertAge,
    consent: consentPolicy(config),
    subjects: config.subjects,
    tenantPerDay: config.tenantMessagesPerDay,
    recipientPerDay: config.recipientMessagesPerDay,
    concurrency: config.deliveryConcurrency,
    callTimeoutMs: config.deliveryTimeoutMs,
    ...(consoleUrl === undefined ? {} : { links: linksOf({ consoleUrl, ...secret }) }),
  };
}
