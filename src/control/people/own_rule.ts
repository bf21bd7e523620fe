import { recipientsOf } from "../../alerts/ledger.ts";
import { normalRecipient } from "../../alerts/recipient_settings.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import { ownerOf } from "./person_routes.ts";

/**
 * Whether a rule writes to one person alone. A rule of who signs in by mail writes to its owner's own channels, so each of
 * them is the owner; a browser that was added from a message's page is whoever got that message.
 */
export function isAlone(rule: Rule, recipient: string, book: Pick<RecipientBook, "consent">): boolean {
  if (!rule.recipients.includes(recipient)) return false;
  if (ownerOf(publicRuleId(rule.tenant, rule.id)) !== undefined) return true;
  const person = (one: string) => book.consent(one, rule.tenant)?.of ?? normalRecipient(one);
  return recipientsOf(rule).every((other) => person(other) === person(recipient));
}
