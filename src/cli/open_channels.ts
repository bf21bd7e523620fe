import { OutboxChannel } from "../adapters/outbox/outbox_channel.ts";
import { SlackChannel } from "../adapters/slack/slack_channel.ts";
import { TelegramChannel } from "../adapters/telegram/telegram_channel.ts";
import { WebhookChannel } from "../adapters/webhook/webhook_channel.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import { InputError } from "../core/errors.ts";
import { linksOf } from "../alerts/links.ts";
import type { Channel } from "../ports/channel.ts";
import type { NotifierOptions } from "../roles/notifier/options.ts";

/** The settings the channels need: their own group, and the data directory for the outbox. */
export type DeliveryConfig = Values<typeof deliverySettings> & { readonly dataDir: string };

/**
 * The channels that are configured: always one for mail and one for Slack, the others where they have what they need.
 *
 * @throws {InputError} code `bad_configuration`; {OutsideError} code `outbox_unwritable`.
 */
export async function openChannels(config: DeliveryConfig): Promise<Channel[]> {
  const channels: Channel[] = [await openMail(config), new SlackChannel({ base: config.slackApi })];
  if (config.webhookSecret !== undefined) {
    const secret = longEnough("webhookSecret", config.webhookSecret);
    channels.push(new WebhookChannel({ secret, allowLocal: config.webhookLocal }));
  }
  if (config.telegramToken !== undefined) {
    channels.push(new TelegramChannel({ token: config.telegramToken, base: config.telegramApi }));
  }
  return channels;
}

/** The way mail goes out. The libraries of SES and SMTP are large: they are loaded where they are used. */
async function openMail(config: DeliveryConfig): Promise<Channel> {
  const from = config.mailFrom;
  if (config.mail === "ses") {
    const { SesChannel } = await import("../adapters/ses/ses_channel.ts");
    const endpoint = config.sesEndpoint === undefined ? {} : { endpoint: config.sesEndpoint };
    return new SesChannel({ region: config.sesRegion, from, ...endpoint });
  }
  if (config.mail === "smtp") {
    if (config.smtpUrl === undefined) {
      throw refused("smtpUrl", "must be given with mail smtp, e.g. smtp://user:password@host:587");
    }
    const { SmtpChannel } = await import("../adapters/smtp/smtp_channel.ts");
    return new SmtpChannel({ url: config.smtpUrl, from });
  }
  return await OutboxChannel.open({ folder: `${config.dataDir}/outbox`, from });
}

function longEnough(field: string, secret: string): string {
  if (secret.length < 16) throw refused(field, "must have 16 characters or more");
  return secret;
}

function refused(field: string, reason: string): InputError {
  return new InputError("bad_configuration", [{ field, code: "bad_setting", reason }]);
}

/** The notifier's options that come from settings. */
export function notifierOptions(config: DeliveryConfig): Partial<NotifierOptions> {
  return {
    unknown: config.unknownOutcome,
    stormPerMinute: config.stormPerMinute,
    maxAttempts: config.deliveryAttempts,
    concurrency: config.deliveryConcurrency,
    callTimeoutMs: config.deliveryTimeoutMs,
    ...(config.consoleUrl === undefined ? {} : {
      links: linksOf({
        consoleUrl: config.consoleUrl,
        ...(config.linkSecret === undefined ? {} : { secret: longEnough("linkSecret", config.linkSecret) }),
      }),
    }),
  };
}
