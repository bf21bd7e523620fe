import { headerValue } from "../alerts/safe_text.ts";
import { OutsideError } from "../core/errors.ts";
import type { OutgoingMessage } from "./channel.ts";

/** A mail's parts by the names nodemailer gives them; the mail transports (SES, SMTP, outbox) build their MIME of it. */
export interface MailFields {
  readonly from: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
  /** The same on every try: a mail client shows a mail that was sent twice once. */
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Nothing of a mail may read files or addresses. */
  readonly disableFileAccess: true;
  readonly disableUrlAccess: true;
}

/**
 * The parts of a message as a mail from `from` ("Name <address>" or an address).
 *
 * @throws {OutsideError} code `bad_address`, not retryable, when the recipient is not one plain mail address.
 */
export async function mailFields(message: OutgoingMessage, from: string): Promise<MailFields> {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? "tickbell.invalid";
  const headers = Object.entries(message.headers).map(([name, value]) => [name, headerValue(value)] as const);
  return {
    from,
    to: { name: "", address: oneAddress(message.to) },
    subject: headerValue(message.subject),
    text: message.text,
    html: message.html,
    date: new Date(message.at),
    messageId: `<${await deliveryDigest(message.deliveryId)}@${domain}>`,
    headers: {
      ...Object.fromEntries(headers),
      "Auto-Submitted": "auto-generated",
      "X-Tickbell-Delivery": headerValue(encodeURIComponent(message.deliveryId)),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** A short, fixed name of a delivery id: the first 20 bytes of its SHA-256, in hexadecimal. */
export async function deliveryDigest(deliveryId: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(deliveryId));
  return [...new Uint8Array(hash).subarray(0, 20)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One address and nothing else: no list, no name, no second header. */
function oneAddress(text: string): string {
  if (text.length <= 320 && /^[^\s@<>(),;:\\"\[\]\p{C}]+@[^\s@<>(),;:\\"\[\]\p{C}]+$/u.test(text)) {
    return text;
  }
  throw new OutsideError("bad_address", `${JSON.stringify(text.slice(0, 100))} is not one mail address`, {
    retryable: false,
  });
}
