import { OutboxChannel } from "../adapters/outbox/outbox_channel.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";
import { linksOf } from "../alerts/links.ts";
import type { Channel } from "../ports/channel.ts";
import type { NotifierOptions } from "../roles/notifier.ts";

/** The settings the channels need: their own group, and the data directory for the outbox. */
export type DeliveryConfig = Values<typeof deliverySettings> & { readonly dataDir: string };

/**
 * The channels that are configured: always one for mail, the others where they have what they need.
 *
 * @throws {InputError} `bad_configuration`; {OutsideError} `outbox_unwritable`.
 */
export async function openChannels(
  config: DeliveryConfig,
  _deps: { readonly clock: Clock },
): Promise<Channel[]> {
  return [await OutboxChannel.open({ folder: `${config.dataDir}/outbox`, from: config.mailFrom })];
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
        ...(config.linkSecret === undefined ? {} : { secret: config.linkSecret }),
      }),
    }),
  };
}
