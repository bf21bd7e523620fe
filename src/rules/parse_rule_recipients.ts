import type { InputIssues } from "./input_issues.ts";
import { type ChannelName, channelOf, CHANNELS, recipientFault } from "./channels.ts";
import { hasUnsafeCharacters } from "./text_checks.ts";

/** The most recipients a rule may have. */
const MAX_RECIPIENTS = 50;

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
    const fault = faultOf(recipient);
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

function faultOf(recipient: unknown): string | undefined {
  if (typeof recipient !== "string") return "must be a text";
  if (hasUnsafeCharacters(recipient)) return "must not have control characters";
  return recipientFault(recipient);
}

/** Every list of channels in their order, by its bits: a million rules share a few lists. */
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
