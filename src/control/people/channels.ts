import { maskedRecipient } from "../../rules/channels.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { HttpProblem } from "../http/problem.ts";
import type { RuleService } from "../rules/rule_service.ts";
import { publicDraft } from "../rules/public_draft.ts";
import { withoutRecipient } from "../rules/without_recipient.ts";
import type { RuleStore } from "../store/rule_store.ts";
import type { Account, AccountStore } from "./account_store.ts";

/** What changes of an account's channels touch. */
export interface ChannelServices {
  readonly store: RuleStore;
  readonly rules: RuleService;
  readonly accounts: AccountStore;
}

/** Puts a channel in another one's place in the rules of an account. */
export async function followChannel(
  { store, rules }: ChannelServices,
  { account, from, to }: { readonly account: Account; readonly from: string; readonly to: string },
  actor: Actor,
): Promise<void> {
  for (const rule of [...store.ownedBy(account.tenant, account.id)]) {
    if (!rule.recipients.includes(from)) continue;
    const id = publicRuleId(rule.tenant, rule.id);
    const change = (standing: Rule) => ({
      ...publicDraft(standing),
      recipients: [...new Set(standing.recipients.map((one) => one === from ? to : one))],
    });
    await gone(() => rules.update({ id, expected: undefined, change }, actor));
  }
}

/** Takes a channel off an account and off its rules; a rule that has no other is paused. */
export async function removeChannel(
  { store, rules, accounts }: ChannelServices,
  { account, recipient }: { readonly account: Account; readonly recipient: string },
  actor: Actor,
): Promise<void> {
  for (const rule of [...store.ownedBy(account.tenant, account.id)]) {
    if (!rule.recipients.includes(recipient)) continue;
    const id = publicRuleId(rule.tenant, rule.id);
    await gone(() =>
      rules.update(
        { id, expected: undefined, change: (standing) => withoutRecipient(standing, recipient) },
        actor,
      )
    );
  }
  const after = {
    ...account,
    channels: account.channels.filter((channel) => channel.recipient !== recipient),
    chats: account.chats.filter(({ chat }) => `telegram:${chat}` !== recipient),
  };
  const said = { channel: maskedRecipient(recipient) };
  const entry = { action: "person.channel_removed", target: account.id, before: said, after: null };
  await accounts.write(after, [{ ...entry, actor }]);
}

/** Does something to a rule that somebody else may delete meanwhile. */
export async function gone(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (thrown) {
    if (!(thrown instanceof HttpProblem) || thrown.status !== 404) throw thrown;
  }
}
