import type { RuleDraft } from "../../rules/parse_rule.ts";
import { channelOf, CHANNELS, type Rule } from "../../rules/rule.ts";
import { publicDraft } from "./public_draft.ts";

/** A rule without some recipients; paused, and as it was else, when nobody would be left that a channel is on for. */
export function withoutRecipient(rule: Rule, ...gone: readonly string[]): RuleDraft {
  const draft = publicDraft(rule);
  const recipients = rule.recipients.filter((other) => !gone.includes(other));
  if (recipients.length === 0) return { ...draft, enabled: false };
  const named = new Set(recipients.map(channelOf));
  const channels = CHANNELS.filter((channel) => rule.channels.includes(channel) && named.has(channel));
  // A channel that was on for nobody else goes off with the recipient; with none left on, the rule is paused.
  return channels.length === 0 ? { ...draft, enabled: false } : { ...draft, recipients, channels };
}
