import type { InputIssues } from "./input_issues.ts";
import { addressOf, type ChannelName, channelOf, CHANNELS } from "./rule.ts";
import { hasUnsafeCharacters } from "./text_checks.ts";

/** The most recipients a rule may have. */
export const MAX_RECIPIENTS = 50;
const MAX_URL = 1900;

// RFC 5321's limits: 64 for the local part, 254 for the whole; RFC 5322's dot-atom; a domain of two labels or more.
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/;
const CHAT_ID = /^(?:-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{4,31})$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether a text is a mail address that SMTP and SES take: ASCII, without display name or quotes. */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > 254) return false;
  const local = text.slice(0, at);
  return local.length <= 64 && LOCAL.test(local) && DOMAIN.test(text.slice(at + 1));
}

/** Reads `recipients`; undefined when any was refused. */
export function parseRecipients(given: unknown, issues: InputIssues): readonly string[] | undefined {
  if (given === undefined) {
    issues.missing(
      "recipients",
      `is missing: give 1 to ${MAX_RECIPIENTS} mail addresses or channel addresses`,
    );
    return undefined;
  }
  if (!Array.isArray(given) || given.length < 1 || given.length > MAX_RECIPIENTS) {
    issues.refuse("recipients", "bad_list", `must be a list of 1 to ${MAX_RECIPIENTS} texts`, given);
    return undefined;
  }
  const before = issues.count;
  const seen: string[] = [];
  given.forEach((recipient: unknown, index) => {
    const fault = recipientFault(recipient);
    if (fault !== undefined) return issues.refuse(`recipients[${index}]`, "bad_recipient", fault, recipient);
    if (given.length === 1) return;
    const same = (recipient as string).toLowerCase();
    if (seen.includes(same)) {
      issues.refuse(`recipients[${index}]`, "duplicate", "is in the list twice", recipient);
    }
    seen.push(same);
  });
  return issues.count > before ? undefined : [...given as string[]];
}

function recipientFault(recipient: unknown): string | undefined {
  if (typeof recipient !== "string") return "must be a text";
  if (hasUnsafeCharacters(recipient)) return "must not have control characters";
  const address = addressOf(recipient);
  switch (channelOf(recipient)) {
    case "mail":
      return isMailAddress(address)
        ? undefined
        : "must be a mail address, webhook:https://…, slack:https://… or telegram:CHAT_ID";
    case "telegram":
      return CHAT_ID.test(address) ? undefined : "must be telegram: and a chat's number or @name";
    default:
      return urlFault(address);
  }
}

function urlFault(text: string): string | undefined {
  if (text.length > MAX_URL) return `must have a URL of at most ${MAX_URL} characters`;
  const url = /^https?:\/\/[!-~]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return "must have a URL such as https://example.com/hook after the channel's name";
  if (url.username !== "" || url.password !== "") return "must not have a user name or password in its URL";
  if (url.protocol === "https:" || LOOPBACK.has(url.hostname)) return undefined;
  return "must be https: http is taken for localhost only";
}

/** Every list of channels in their order, by its bits: a million rules share sixteen lists. */
const CHANNEL_LISTS = Array.from(
  { length: 2 ** CHANNELS.length },
  (_, bits) => Object.freeze(CHANNELS.filter((_, bit) => (bits >> bit & 1) === 1)),
);

function channelList(has: (channel: ChannelName) => boolean): readonly ChannelName[] {
  let bits = 0;
  for (let bit = 0; bit < CHANNELS.length; bit++) if (has(CHANNELS[bit] as ChannelName)) bits |= 1 << bit;
  return CHANNEL_LISTS[bits] as readonly ChannelName[];
}

/** Reads `channels`: by default those that the recipients name. */
export function parseChannels(
  given: unknown,
  recipients: readonly string[] | undefined,
  issues: InputIssues,
): readonly ChannelName[] | undefined {
  const named = new Set(recipients?.map(channelOf));
  if (given === undefined) return channelList((channel) => named.has(channel));
  if (!Array.isArray(given) || given.length < 1 || given.length > CHANNELS.length) {
    issues.refuse("channels", "bad_list", `must be a list of ${CHANNELS.join(", ")}`, given);
    return undefined;
  }
  const before = issues.count;
  given.forEach((channel: unknown, index) => {
    const fault = channelFault(channel, { given, index, named: recipients && named });
    if (fault !== undefined) issues.refuse(`channels[${index}]`, fault.code, fault.reason, channel);
  });
  return issues.count > before ? undefined : channelList((channel) => given.includes(channel));
}

function channelFault(
  channel: unknown,
  list: { given: readonly unknown[]; index: number; named: ReadonlySet<string> | undefined },
): { code: string; reason: string } | undefined {
  if (!CHANNELS.some((known) => known === channel)) {
    return { code: "bad_channel", reason: `must be one of ${CHANNELS.join(", ")}` };
  }
  if (list.given.indexOf(channel) < list.index) return { code: "duplicate", reason: "is in the list twice" };
  if (list.named && !list.named.has(channel as string)) {
    return { code: "no_recipient", reason: "is the channel of none of the recipients" };
  }
  return undefined;
}
