import { publicRuleId } from "../../rules/tenancy.ts";
import type { AuditDraft } from "../audit/entry.ts";
import type { Actor } from "../auth/principal.ts";
import type { Account } from "./account_store.ts";
import { type ChannelServices, gone } from "./channels.ts";

/**
 * Deletes an account with the rules that are its own, whatever they write to.
 *
 * @returns how many rules there were.
 * @throws {OutsideError} when that cannot be stored.
 */
export async function removeAccount(
  { store, rules, accounts }: ChannelServices,
  account: Account,
  { actor, audit }: { readonly actor: Actor; readonly audit: readonly AuditDraft[] },
): Promise<number> {
  const own = [...store.ownedBy(account.tenant, account.id)];
  for (const { tenant, id } of own) {
    await gone(() => rules.remove({ id: publicRuleId(tenant, id), expected: undefined }, actor));
  }
  await accounts.remove(account, audit);
  return own.length;
}
