/**
 * The channels a recipient may be reached through: all that differs by channel and is no call. How each is opened stands
 * in `src/cli/open_channels.ts`; both tables are exhaustive by type.
 *
 * @module
 */

export const CHANNELS = ["mail", "webhook", "slack", "telegram", "discord", "ntfy", "sms", "push"] as const;
export type ChannelName = typeof CHANNELS[number];

/** Calls a second and at once. */
export interface CallLimits {
  readonly perSecond: number;
  readonly concurrent: number;
}

/** One channel. An address is what follows the channel's name in a recipient, or the mail address itself. */
export interface ChannelKind {
  /** How a recipient of it is written. */
  readonly form: string;
  /** What is wrong with an address; undefined when nothing is. */
  readonly fault: (address: string) => string | undefined;
  /** What fails as one: the service, or for webhooks the host. */
  readonly provider: (address: string) => string;
  /** Whose trouble is nobody else's: the mail domain, the chat, the webhook. */
  readonly scope: (address: string) => string;
  /** What one provider takes; a channel that can ask its account knows better. */
  readonly limits: CallLimits;
  /** What one scope takes. */
  readonly each: (address: string) => CallLimits;
  /** Characters of one message; a longer text goes out in several. Infinity: no limit that matters. */
  readonly textLimit: number;
  /** Whether the address is a secret: who knows it can write there. */
  readonly secret: boolean;
}

const MAX_URL = 1900;
const FREE: CallLimits = { perSecond: Infinity, concurrent: Infinity };

// RFC 5321's limits: 64 for the local part, 254 for the whole; RFC 5322's dot-atom; a domain of two labels or more.
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/;
const CHAT_ID = /^(?:-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{4,31})$/;
const NTFY_TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
/** With or without the country's code; a Korean number may begin with 0. */
const PHONE = /^(?:\+[1-9][0-9]{6,14}|0[0-9]{7,10})$/;
const ENDPOINT_NAME = /^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

const whole = (address: string) => address;

/** Every channel. */
export const CHANNEL_KINDS: Readonly<Record<ChannelName, ChannelKind>> = {
  mail: {
    form: "a mail address",
    fault: (address) => isMailAddress(address) ? undefined : "must be a mail address",
    provider: () => "mail",
    scope: (address) => address.slice(address.lastIndexOf("@") + 1).toLowerCase(),
    limits: FREE,
    each: () => FREE,
    textLimit: Infinity,
    secret: false,
  },
  webhook: {
    form: "webhook:https://…",
    fault: (address) => isEndpointName(address) ? undefined : urlFault(address),
    provider: (address) => `webhook:${URL.parse(address)?.host ?? address}`,
    scope: whole,
    limits: { perSecond: 200, concurrent: 32 },
    // What a small service bears.
    each: () => ({ perSecond: 50, concurrent: 8 }),
    textLimit: Infinity,
    secret: true,
  },
  slack: {
    form: "slack:https://…",
    fault: urlFault,
    provider: () => "slack",
    scope: whole,
    limits: { perSecond: 100, concurrent: 32 },
    // https://docs.slack.dev/apis/web-api/rate-limits: one message a second and webhook.
    each: () => ({ perSecond: 1, concurrent: 1 }),
    // Slack cuts a message's text at 40,000 characters; well below, it stays readable.
    textLimit: 12_000,
    secret: true,
  },
  telegram: {
    form: "telegram:CHAT_ID",
    fault: (address) => CHAT_ID.test(address) ? undefined : "must be telegram: and a chat's number or @name",
    provider: () => "telegram",
    scope: whole,
    // https://core.telegram.org/bots/faq: 30 a second of a bot, one a second of a chat, 20 a minute of a group.
    limits: { perSecond: 25, concurrent: 8 },
    each: (address) => ({ perSecond: /^\d/.test(address) ? 1 : 1 / 3, concurrent: 1 }),
    textLimit: 4_096,
    secret: false,
  },
  discord: {
    form: "discord:https://…",
    fault: urlFault,
    provider: () => "discord",
    scope: whole,
    // https://discord.com/developers/docs/topics/rate-limits: 50 a second in all, about 5 in 2 s of a webhook.
    limits: { perSecond: 40, concurrent: 16 },
    each: () => ({ perSecond: 2, concurrent: 1 }),
    textLimit: 2_000,
    secret: true,
  },
  ntfy: {
    form: "ntfy:TOPIC",
    fault: (address) => NTFY_TOPIC.test(address) ? undefined : "must be ntfy: and a topic's name",
    provider: () => "ntfy",
    scope: whole,
    // https://docs.ntfy.sh/publish/#limitations: 60 at once, then one in five seconds, unless the server is one's own.
    limits: { perSecond: 20, concurrent: 4 },
    each: () => ({ perSecond: 5, concurrent: 1 }),
    // 4,096 bytes, and Korean takes three of a letter.
    textLimit: 1_300,
    // Who knows the topic reads it.
    secret: true,
  },
  sms: {
    form: "sms:PHONE",
    fault: (address) =>
      PHONE.test(address) ? undefined : "must be sms: and a phone number such as 01012345678",
    provider: () => "sms",
    scope: whole,
    limits: { perSecond: 30, concurrent: 8 },
    each: () => ({ perSecond: 1, concurrent: 1 }),
    // A long message: 2,000 bytes of EUC-KR.
    textLimit: 1_000,
    secret: false,
  },
  push: {
    form: "push:https://…",
    fault: pushFault,
    provider: (address) => `push:${URL.parse(address)?.host ?? ""}`,
    scope: whole,
    limits: { perSecond: 200, concurrent: 32 },
    each: () => ({ perSecond: 5, concurrent: 1 }),
    // RFC 8291: a record of 4,096 bytes, less what encryption takes.
    textLimit: 1_000,
    secret: true,
  },
};

const PREFIX = new RegExp(`^(${CHANNELS.filter((name) => name !== "mail").join("|")}):`);

/** The channel a recipient is reached through. */
export function channelOf(recipient: string): ChannelName {
  return (PREFIX.exec(recipient)?.[1] ?? "mail") as ChannelName;
}

/** The address within a recipient: what follows the channel's prefix, or the mail address itself. */
export function addressOf(recipient: string): string {
  return recipient.replace(PREFIX, "");
}

/** Whether what follows `webhook:` is the name of an endpoint, see `/v1/webhooks`, and no URL. */
export function isEndpointName(address: string): boolean {
  return ENDPOINT_NAME.test(address);
}

/** What is wrong with a recipient; undefined when nothing is. */
export function recipientFault(recipient: string): string | undefined {
  const channel = channelOf(recipient);
  const fault = CHANNEL_KINDS[channel].fault(addressOf(recipient));
  if (fault === undefined || channel !== "mail") return fault;
  return `must be ${
    CHANNELS.map((name) => CHANNEL_KINDS[name].form).join(", ").replace(/, (?=[^,]*$)/, " or ")
  }`;
}

/** Whether a recipient is an endpoint's name: no secret, unlike a URL. */
function isNamedEndpoint(recipient: string): boolean {
  return channelOf(recipient) === "webhook" && isEndpointName(addressOf(recipient));
}

/** A recipient as it may stand in a log, a list or a page: of an address that is a secret only where it leads. */
export function maskedRecipient(recipient: string): string {
  const channel = channelOf(recipient);
  if (!CHANNEL_KINDS[channel].secret || isNamedEndpoint(recipient)) return recipient;
  const host = URL.parse(addressOf(recipient))?.host;
  return `${channel}:${host === undefined ? "" : `https://${host}/`}***`;
}

/** Whether a text is a mail address that SMTP and SES take: ASCII, without display name or quotes. */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > 254) return false;
  const local = text.slice(0, at);
  return local.length <= 64 && LOCAL.test(local) && DOMAIN.test(text.slice(at + 1));
}

/** A subscription as one address: the push service's URL, and after `#` its keys, `p256dh=…&auth=…` in base64url. */
function pushFault(text: string): string | undefined {
  const keys = new URLSearchParams(URL.parse(text)?.hash.slice(1) ?? "");
  const [p256dh, auth] = [keys.get("p256dh") ?? "", keys.get("auth") ?? ""];
  if (/^[A-Za-z0-9_-]{87}$/.test(p256dh) && /^[A-Za-z0-9_-]{22}$/.test(auth)) return urlFault(text);
  return "must be push: and a subscription: its endpoint, #p256dh=…&auth=…";
}

function urlFault(text: string): string | undefined {
  if (text.length > MAX_URL) return `must have a URL of at most ${MAX_URL} characters`;
  const url = /^https?:\/\/[!-~]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return "must have a URL such as https://example.com/hook after the channel's name";
  if (url.username !== "" || url.password !== "") return "must not have a user name or password in its URL";
  if (url.protocol === "https:" || LOOPBACK.has(url.hostname)) return undefined;
  return "must be https: http is taken for localhost only";
}
