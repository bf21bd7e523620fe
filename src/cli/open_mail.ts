import { OutboxChannel } from "../adapters/outbox/outbox_channel.ts";
import { messageOf } from "../core/errors.ts";
import type { Channel } from "../ports/channel.ts";
import type { DeliveryConfig } from "./open_channels.ts";
import { logger } from "../telemetry/log.ts";
import { badSetting } from "./bad_setting.ts";
import { reachOf } from "./reach.ts";

const logging = logger("mail");

/**
 * The way mail goes out. The libraries of SES and SMTP are large: they are loaded where they are used.
 *
 * @throws {InputError} code `bad_configuration`; {OutsideError} code `outbox_unwritable`.
 */
export async function openMail(config: DeliveryConfig): Promise<Channel> {
  const from = config.mailFrom;
  if (refusedElsewhere(config)) {
    logging.warn(
      "The sender is {from}, which SES and most mail servers refuse: set --mail-from to an address of a domain of yours",
      { from },
    );
  }
  if (config.mail === "ses") {
    const { SesChannel } = await import("../adapters/ses/ses_channel.ts");
    const endpoint = config.sesEndpoint === undefined ? {} : { endpoint: config.sesEndpoint };
    return new SesChannel({ region: config.sesRegion, from, ...endpoint });
  }
  if (config.mail === "smtp") {
    if (config.smtpUrl === undefined) {
      throw badSetting("--smtp-url", "is needed with --mail smtp, e.g. smtp://user:password@host:587");
    }
    const { SmtpChannel } = await import("../adapters/smtp/smtp_channel.ts");
    const authority = await readAuthority(config.smtpCaFile);
    return new SmtpChannel({ url: config.smtpUrl, from, ...(authority === undefined ? {} : { authority }) });
  }
  return await OutboxChannel.open({ folder: `${config.dataDir}/outbox`, from });
}

/** Whether mail leaves this machine in the name of an address that is only good on it, as the default is. */
function refusedElsewhere({ mail, mailFrom, smtpUrl, sesRegion, sesEndpoint }: DeliveryConfig): boolean {
  if (!/@localhost>?\s*$/i.test(mailFrom)) return false;
  return reachOf({ mail, smtpUrl, sesRegion, sesEndpoint }).hosts.length > 0;
}

async function readAuthority(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const text = await Deno.readTextFile(path);
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (error) {
    throw badSetting("--smtp-ca-file", `cannot be read: ${messageOf(error)}`);
  }
  throw badSetting("--smtp-ca-file", "must be a file of PEM certificates");
}
