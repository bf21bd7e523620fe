import { createECDH } from "node:crypto";
import { DiscordChannel } from "../../src/adapters/discord/discord_channel.ts";
import { NtfyChannel } from "../../src/adapters/ntfy/ntfy_channel.ts";
import { newVapidKeys } from "../../src/adapters/push/encryption.ts";
import { PushChannel } from "../../src/adapters/push/push_channel.ts";
import { SesChannel } from "../../src/adapters/ses/ses_channel.ts";
import { SlackChannel } from "../../src/adapters/slack/slack_channel.ts";
import { SmsChannel } from "../../src/adapters/sms/sms_channel.ts";
import { SmtpChannel } from "../../src/adapters/smtp/smtp_channel.ts";
import { TelegramChannel } from "../../src/adapters/telegram/telegram_channel.ts";
import { WebhookChannel } from "../../src/adapters/webhook/webhook_channel.ts";
import type { Channel } from "../../src/ports/channel.ts";
import type { ChannelName } from "../../src/rules/channels.ts";
import { HttpPeer, type PeerRequest } from "./http_peer.ts";
import { SmtpScriptServer, type SmtpStep } from "./smtp_script.ts";

/**
 * The other sides of the channels, each with recipients of which some fail: the adapters that ship, against servers on
 * loopback that answer by the recipient as the services' documents say. What they do not know: how long a real service
 * remembers who was throttled.
 *
 * @module
 */

/** One channel's other side. */
export interface FailingSide {
  readonly channel: Channel;
  /** A recipient; `way`: how its side fails, an index of {@link WAYS}, -1 for not at all. */
  recipient(index: number, way: number): string;
  /** Whether a call to an address has no answer. */
  hangs(address: string): boolean;
  close(): Promise<void>;
}

/** What a recipient's side does. `hangs` takes the message and says nothing. */
interface Way {
  readonly name: string;
  /** An HTTP answer; of SMTP, what RCPT gets. */
  readonly answer: "hangs" | {
    readonly status: number;
    readonly body?: string;
    readonly retryAfter?: number;
  };
  /** By its document it speaks of the account: alone it backs off everybody, and rightly so. */
  readonly account?: true;
}

export type Side = ChannelName | "ses";

const HANGS: Way = { name: "hangs", answer: "hangs" };
const json = (body: unknown) => JSON.stringify(body);

/** How recipients' sides fail, by channel; `ses` is mail through SES, `mail` through SMTP. */
export const WAYS: Readonly<Record<Side, readonly Way[]>> = {
  mail: [
    { name: "greylists (450)", answer: { status: 450, body: "4.2.0 greylisted" } },
    { name: "is full (452)", answer: { status: 452, body: "4.2.2 mailbox full" } },
    { name: "ends the session (421)", answer: { status: 421, body: "4.7.0 try later" }, account: true },
    { name: "is not there (550)", answer: { status: 550, body: "5.1.1 no such user" } },
    HANGS,
  ],
  ses: [
    { name: "is refused", answer: { status: 400, body: sesError("MessageRejected", "not verified") } },
    { name: "is throttled", answer: { status: 400, body: sesError("Throttling", "rate") }, account: true },
    HANGS,
  ],
  webhook: [
    { name: "fails (500)", answer: { status: 500 } },
    { name: "is overloaded (503)", answer: { status: 503, retryAfter: 20 } },
    { name: "throttles (429)", answer: { status: 429, retryAfter: 20 } },
    { name: "is gone (410)", answer: { status: 410 } },
    HANGS,
  ],
  slack: [
    { name: "throttles (429)", answer: { status: 429, retryAfter: 30 } },
    { name: "is gone (404)", answer: { status: 404, body: "no_service" } },
    { name: "fails (500)", answer: { status: 500, body: "rollup_error" }, account: true },
    HANGS,
  ],
  telegram: [
    {
      name: "throttles (429)",
      answer: { status: 429, body: json({ ok: false, parameters: { retry_after: 30 } }) },
    },
    { name: "blocked the bot (403)", answer: { status: 403, body: json({ ok: false }) } },
    HANGS,
  ],
  discord: [
    { name: "throttles (429)", answer: { status: 429, body: json({ retry_after: 12.5, global: false }) } },
    { name: "is gone (404)", answer: { status: 404, body: json({ code: 10015 }) } },
    HANGS,
  ],
  ntfy: [
    { name: "is protected (403)", answer: { status: 403, body: json({ error: "forbidden" }) } },
    {
      name: "throttles (429)",
      answer: { status: 429, body: json({ error: "limit reached" }) },
      account: true,
    },
    HANGS,
  ],
  sms: [
    { name: "is no number (400)", answer: { status: 400 } },
    { name: "fails (500)", answer: { status: 500 }, account: true },
    HANGS,
  ],
  push: [
    { name: "is gone (410)", answer: { status: 410 } },
    { name: "throttles (429)", answer: { status: 429, retryAfter: 30 } },
    { name: "fails (500)", answer: { status: 500 }, account: true },
    HANGS,
  ],
};

/** Where a recipient's way stands in its address: the last of eight digits or more, the first two of them. */
function digits(index: number, way: number): string {
  return String(way + 11).padStart(2, "0") + String(index).padStart(6, "0");
}
export const DIGITS = /(\d{2})\d{6}(?!\d)/;

/** Opens a channel with its other side. */
export async function openSide(side: Side): Promise<FailingSide> {
  const wayOf = (text: string): Way | undefined => WAYS[side][Number(DIGITS.exec(text)?.[1]) - 11];
  const hangs = (address: string) => wayOf(address)?.answer === "hangs";
  if (side === "mail") return await openSmtp(wayOf, hangs);
  const stopped = Promise.withResolvers<void>();
  const peer = new HttpPeer((request) => {
    const way = wayOf(addressIn(side, request));
    if (way?.answer === "hangs") return stopped.promise.then(() => new Response());
    if (way === undefined) return new Response(goodAnswer(side, request));
    const { status, body = "", retryAfter } = way.answer;
    const headers: HeadersInit = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
    return new Response(body, { status, headers });
  });
  const keys = side === "push" ? subscriptionKeys() : "";
  return {
    channel: await CHANNELS[side](peer.url),
    recipient: (index, way) => recipientAt(side, digits(index, way), peer.url) + keys,
    hangs,
    async close() {
      stopped.resolve();
      await peer.close();
    },
  };
}

/** What says that a message was taken, where that is more than the status. */
export function goodAnswer(side: Side, { body }: PeerRequest): string {
  if (side === "telegram") return json({ ok: true, result: { message_id: 1 } });
  if (side === "sms") return json({ id: "1" });
  if (side !== "ses") return "ok";
  const call = new URLSearchParams(body).get("Action");
  const result = call === "GetSendQuota" ? "<MaxSendRate>200</MaxSendRate>" : "<MessageId>1</MessageId>";
  return `<${call}Response><${call}Result>${result}</${call}Result></${call}Response>`;
}

const CHANNELS: Readonly<Record<Exclude<Side, "mail">, (base: string) => Channel | Promise<Channel>>> = {
  ses(endpoint) {
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "x" };
    return new SesChannel({ region: "ap-northeast-2", endpoint, from: "a@example.com", credentials });
  },
  webhook: () => new WebhookChannel({ secrets: ["0123456789abcdef"], allowLocal: true }),
  slack: (base) => new SlackChannel({ base }),
  telegram: (base) => new TelegramChannel({ token: "1:x", base }),
  discord: (base) => new DiscordChannel({ base }),
  ntfy: (base) => new NtfyChannel({ base }),
  sms: (url) => new SmsChannel({ gateway: "generic", url, key: "k", secret: "s", from: "0212345678" }),
  push: async () =>
    new PushChannel({ keys: await newVapidKeys(), subject: "mailto:a@example.com", allowLocal: true }),
};

const RECIPIENTS: Readonly<Record<Exclude<Side, "mail">, (digits: string, base: string) => string>> = {
  ses: (digits) => `u@d${digits}.example`,
  webhook: (digits, base) => `webhook:${base}/${digits}`,
  slack: (digits, base) => `slack:${base}/services/T/B/${digits}`,
  telegram: (digits) => `telegram:${digits}`,
  discord: (digits, base) => `discord:${base}/api/webhooks/${digits}/t`,
  ntfy: (digits) => `ntfy:t${digits}`,
  sms: (digits) => `sms:010${digits}`,
  push: (digits, base) => `push:${base}/${digits}`,
};

/** A recipient with these eight digits, whose side is at `base`; a push's lacks its {@link subscriptionKeys}. */
export function recipientAt(side: Side, digits: string, base: string): string {
  return side === "mail" ? `u@d${digits}.example` : RECIPIENTS[side](digits, base);
}

/** Where a request says for whom it is: within it stand the eight digits of {@link recipientAt}. */
export function addressIn(side: Side, { path, body }: PeerRequest): string {
  if (side === "ses") return new URLSearchParams(body).get("Destinations.member.1") ?? "";
  const field = ({ telegram: "chat_id", ntfy: "topic", sms: "to" } as Partial<Record<Side, string>>)[side];
  return field === undefined ? path : String(JSON.parse(body)[field]);
}

async function openSmtp(
  wayOf: (text: string) => Way | undefined,
  hangs: (address: string) => boolean,
): Promise<FailingSide> {
  const server = await SmtpScriptServer.open({
    rcpt(address): SmtpStep {
      const answer = wayOf(address)?.answer ?? { status: 250, body: "ok" };
      if (answer === "hangs") return {};
      return { say: `${answer.status} ${answer.body}`, close: answer.status === 421 };
    },
  });
  return {
    channel: new SmtpChannel({ url: server.url, from: "a@example.com" }),
    // Five to a domain.
    recipient: (index, way) => `u${index}@d${digits(Math.floor(index / 5), way)}.example`,
    hangs,
    close: () => server.close(),
  };
}

/** The part of a push recipient that is the browser's keys. */
export function subscriptionKeys(): string {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  return `#p256dh=${keys.getPublicKey("base64url")}&auth=${"a".repeat(22)}`;
}

function sesError(code: string, message: string): string {
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
    "</ErrorResponse>";
}
