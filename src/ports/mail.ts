import { headerValue } from "../alerts/safe_text.ts";
import { InputError } from "../core/errors.ts";
import { ChannelError, type OutgoingMessage } from "./channel.ts";

/** Who a mail is from: the name may be of any script, and empty. */
export interface Sender {
  readonly name: string;
  /** ASCII; a domain of another script is in its ASCII form. */
  readonly address: string;
}

/**
 * A sender as people write it: `a@b`, `주식 알림 <a@b>`, `Kim, Alerts <a@b>`, `"Kim, Alerts" <a@b>`.
 *
 * @throws {InputError} code `bad_configuration`, field `mailFrom`, when there is not one address in it.
 */
export function parseSender(text: string): Sender {
  const [, words = "", inside] = /^([^<>]*)<([^<>]*)>\s*$/.exec(text) ?? [];
  const address = asciiAddress((inside ?? text).trim());
  if (address === undefined) {
    const reason = 'must be an address or "Name <address>"';
    throw new InputError("bad_configuration", [{
      field: "mailFrom",
      code: "bad_sender",
      reason,
      value: text,
    }]);
  }
  const quoted = /^"(.*)"$/s.exec(words.trim());
  const name = quoted === null ? words : (quoted[1] ?? "").replace(/\\(.)/g, "$1");
  return { name: headerValue(name), address };
}

const ONE_ADDRESS = /^[^\s@<>(),;:\\"\[\]\p{C}]+@[^\s@<>(),;:\\"\[\]\p{C}]+$/u;

/** A dot at an end of a part, or two together: no mail service takes it. */
const LONELY_DOT = /^\.|\.\.|\.@|@\.|\.$/;

function asciiAddress(text: string): string | undefined {
  if (text.length > 320 || !ONE_ADDRESS.test(text) || LONELY_DOT.test(text)) return undefined;
  const [local = "", domain = ""] = text.split("@");
  const host = URL.parse(`http://${domain}/`)?.hostname;
  // deno-lint-ignore no-control-regex -- what is not ASCII
  if (host === undefined || /[^\x00-\x7f]/.test(local)) return undefined;
  return `${local}@${/^[\x21-\x7e]+$/.test(domain) ? domain : host}`;
}

/** A mail's parts by the names nodemailer gives them; the mail transports (SES, SMTP, outbox) build their MIME of it. */
export interface MailFields {
  readonly from: Sender;
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
 * The parts of a message as a mail.
 *
 * @throws {ChannelError} code `bad_address`, refused, when the recipient is not one plain mail address.
 */
export async function mailFields(message: OutgoingMessage, from: Sender): Promise<MailFields> {
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
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
      ...(message.tenant === undefined ? {} : { "X-Tickbell-Tenant": headerValue(message.tenant) }),
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
  if (text.length <= 320 && ONE_ADDRESS.test(text)) return text;
  const reason = `${JSON.stringify(text.slice(0, 100))} is not one mail address`;
  throw new ChannelError("bad_address", reason, { end: "refused", concerns: "recipient" });
}
