import MailComposer from "nodemailer/lib/mail-composer";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { deliveryDigest, mailFields } from "../../ports/mail.ts";

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
  readonly #options: OutboxOptions;

  private constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Opens the folder.
   *
   * @throws {OutsideError} code `outbox_unwritable`.
   */
  static async open(options: OutboxOptions): Promise<OutboxChannel> {
    try {
      await Deno.mkdir(options.folder, { recursive: true });
      for await (const entry of Deno.readDir(options.folder)) {
        if (entry.name.endsWith(TEMPORARY)) await Deno.remove(`${options.folder}/${entry.name}`);
      }
      return new OutboxChannel(options);
    } catch (error) {
      throw unwritable(options.folder, error, false);
    }
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const { folder, from } = this.#options;
    const mail = await new MailComposer({ ...await mailFields(message, from) }).compile().build();
    const name = `${await fileName(message)}.eml`;
    const path = `${folder}/${name}`;
    if (signal.aborted) throw new OutsideError("aborted", "the call was given up", { retryable: true });
    try {
      await Deno.writeFile(`${path}${TEMPORARY}`, mail);
      await Deno.rename(`${path}${TEMPORARY}`, path);
    } catch (error) {
      throw unwritable(folder, error, true);
    }
    return { providerId: name };
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

function unwritable(folder: string, error: unknown, retryable: boolean): OutsideError {
  return new OutsideError("outbox_unwritable", `cannot write mails to ${folder}: ${messageOf(error)}`, {
    retryable,
    cause: error,
  });
}
