import { normalRecipient } from "../../alerts/recipient_settings.ts";
import { belongsTo, noticeRecord } from "../../books/consents.ts";
import { InputError } from "../../core/errors.ts";
import { addressOf, CHANNEL_KINDS, channelOf, maskedRecipient } from "../../rules/channels.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { publicDraft } from "../rules/public_draft.ts";
import type { Services } from "../routes/services.ts";
import { testNotice } from "../test_notice.ts";
import { MOST_CHANNELS } from "./account_store.ts";
import { ownerOf } from "./person_routes.ts";

/** How long the test message may wait for its turn, ms. */
const TEST_MS = 600_000;

/**
 * Has a rule write to a browser as well, for whoever got a message of it: it is theirs as the address is, and belongs to
 * their account where the rule is an account's. A test message shows that it works.
 *
 * @throws {OutsideError} when it cannot be stored.
 */
export async function addBrowser(
  services: Services,
  { rule, recipient, browser, actor }: {
    readonly rule: Rule;
    readonly recipient: string;
    readonly browser: string;
    readonly actor: Actor;
  },
): Promise<"done" | "bad value" | "cannot"> {
  const { deps: { clock }, topics, rules, recipients } = services;
  const isBrowser = channelOf(browser) === "push" &&
    CHANNEL_KINDS.push.fault(addressOf(browser)) === undefined;
  if (!isBrowser) return "bad value";
  const { tenant, locale } = rule;
  if (rule.recipients.includes(browser)) return "done";
  if (!await intoAccount(services, { rule, browser, actor })) return "cannot";
  try {
    const change = (standing: Rule) => ({
      ...publicDraft(standing),
      recipients: [...new Set([...standing.recipients, browser])],
      channels: [...new Set([...standing.channels, "push" as const])],
    });
    await rules.update({ id: publicRuleId(tenant, rule.id), expected: undefined, change }, actor);
  } catch (thrown) {
    // A private address, too many recipients, no such channel here.
    if (thrown instanceof InputError) return "cannot";
    throw thrown;
  }
  const now = clock.now();
  const of = recipients.consent(recipient, tenant)?.of ?? normalRecipient(recipient);
  await belongsTo(recipients, { tenant, recipient: browser }, { of, at: now });
  await topics.append([
    noticeRecord(testNotice({ tenant, recipient: browser, locale }, { at: now, waitsMs: TEST_MS })),
  ]);
  return "done";
}

/** Makes it a channel of the account whose rule it is; false where that has as many as it may. */
async function intoAccount(
  { accounts }: Services,
  { rule, browser, actor }: { readonly rule: Rule; readonly browser: string; readonly actor: Actor },
): Promise<boolean> {
  const owner = ownerOf(publicRuleId(rule.tenant, rule.id));
  const account = owner === undefined ? undefined : accounts.byId(rule.tenant, owner);
  if (account === undefined || account.channels.some((channel) => channel.recipient === browser)) return true;
  if (account.channels.length >= MOST_CHANNELS) return false;
  const after = { ...account, channels: [...account.channels, { recipient: browser, on: true }] };
  const said = { channel: maskedRecipient(browser), on: true };
  const entry = { action: "person.channel", target: account.id, before: null, after: said };
  await accounts.write(after, [{ ...entry, actor }]);
  return true;
}
