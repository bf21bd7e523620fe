import MailComposer from "nodemailer/lib/mail-composer";
import { messageOf } from "../../core/errors.ts";
import {
  type Channel,
  ChannelError,
  type ChannelLimits,
  type OutgoingMessage,
  type Receipt,
} from "../../ports/channel.ts";
import { deliveryDigest, mailFields, parseSender, type Sender } from "../../ports/mail.ts";

export interface OutboxOptions {
  /** The folder of the mails; made when missing. */
  readonly folder: string;
  /** The sender: an address, or "Name <address>". */
  readonly from: string;
}

/**
 * Mails as `.eml` files in a folder, for one machine.
 *
 * Delivery: a file appears whole (written beside and renamed), and its name is made of the delivery's id, so a message
 * that is sent again after a crash replaces its file: exactly one mail a delivery.
 */
export class OutboxChannel implements Channel {
  readonly channel = "mail";
  readonly transport = "outbox";
  readonly #folder: string;
  readonly #from: Sender;

  private constructor({ folder, from }: OutboxOptions) {
    this.#folder = folder;
    this.#from = parseSender(from);
  }

  /**
   * Opens the folder.
   *
   * @throws {OutsideError} code `outbox_unwritable`; {InputError} code `bad_configuration` for a sender that is none.
   */
  static async open(options: OutboxOptions): Promise<OutboxChannel> {
    const channel = new OutboxChannel(options);
    try {
      await Deno.mkdir(options.folder, { recursive: true });
      for await (const entry of Deno.readDir(options.folder)) {
        if (entry.name.endsWith(TEMPORARY)) await Deno.remove(`${options.folder}/${entry.name}`);
      }
      return channel;
    } catch (error) {
      throw unwritable(options.folder, error, "refused");
    }
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const folder = this.#folder;
    const mail = await new MailComposer({ ...await mailFields(message, this.#from) }).compile().build();
    const name = `${await fileName(message)}.eml`;
    const path = `${folder}/${name}`;
    if (signal.aborted) {
      const end = { end: "not_taken", concerns: "provider" } as const;
      throw new ChannelError("aborted", "the call was given up", end);
    }
    try {
      await Deno.writeFile(`${path}${TEMPORARY}`, mail);
      await Deno.rename(`${path}${TEMPORARY}`, path);
    } catch (error) {
      throw unwritable(folder, error, "not_taken");
    }
    return { providerId: name };
  }

  /** As fast as files are written; a folder that takes none (no room, no inodes left, not ours) is known before a mail is due. */
  async limits(): Promise<ChannelLimits> {
    const probe = `${this.#folder}/.probe${TEMPORARY}`;
    try {
      await Deno.writeTextFile(probe, "x");
      await Deno.remove(probe);
    } catch (error) {
      throw unwritable(this.#folder, error, "not_taken");
    }
    return { perSecond: Infinity, concurrent: Infinity };
  }

  async close(): Promise<void> {}
}

const TEMPORARY = ".part";

/** `1764115620123-005930-3f2a….eml`: sorts by the trade's time, and is the same for the same delivery. */
async function fileName(message: OutgoingMessage): Promise<string> {
  const [alert] = message.alerts;
  const time = String(alert?.eventTime ?? 0).padStart(13, "0");
  return `${time}-${alert?.symbol ?? "mail"}-${(await deliveryDigest(message.deliveryId)).slice(0, 24)}`;
}

function unwritable(folder: string, error: unknown, end: ChannelError["end"]): ChannelError {
  const reason = `cannot write mails to ${folder}: ${messageOf(error)}`;
  return new ChannelError("outbox_unwritable", reason, { end, concerns: "provider", cause: error });
}
