import { z } from "@hono/zod-openapi";
import type { Silence } from "../../alerts/silences.ts";
import { silenceRecord } from "../../books/silences.ts";
import { normalRecipient } from "../../alerts/recipient_settings.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { type Route, route } from "./route_table.ts";
import { actorOf } from "../http/request_parts.ts";
import { gone as unlessGone } from "../people/channels.ts";
import { removeAccount } from "../people/remove_account.ts";
import { withoutRecipient } from "../rules/without_recipient.ts";
import { ErasureView } from "../schemas/operations.ts";
import type { RuleService } from "../rules/rule_service.ts";

const params = { recipient: z.string().min(1).max(2_000) };

const erasePerson = route({
  method: "delete",
  path: "/v1/people/{recipient}",
  operationId: "erasePerson",
  summary:
    "Forget a recipient: in every tenant's rules, silences and consents, its settings, its browsers, its account, and the audit",
  description:
    "Rules that have no other recipient, or are its account's own, are deleted. That it has stopped a tenant's messages " +
    "stays known. Entries of the audit stay, and say person:ID from then on. " +
    "Alerts and the ledger of deliveries have an address until they are too old to be kept (--alert-retention-days).",
  tag: "recipients",
  access: "operator",
  params,
  answers: { 200: { description: "What was erased", schema: ErasureView } },
  failures: [503],
}, async ({ c, who, param }, services) => {
  const { deps, topics, store, rules, people, recipients, silences, accounts } = services;
  const person = normalRecipient(param("recipient"));
  let own = 0;
  for (const account of accounts.of(person)) {
    const actor = actorOf(c, { tenant: account.tenant, subject: who.subject });
    own += await removeAccount(services, account, { actor, audit: [] });
  }
  await recipients.ready;
  const browsers = recipients.every().filter(({ consent }) => consent?.of === person);
  const addresses = new Set([person, ...browsers.map(({ recipient }) => recipient)]);
  const named = [...store.all()].filter((rule) => addressesOf(rule, addresses).length > 0);
  for (const rule of named) {
    const actor = actorOf(c, { tenant: rule.tenant, subject: who.subject });
    await forget(rules, { rule, addresses, actor });
  }
  const now = deps.clock.now();
  await recipients.forget(person, now);
  const ended = silences.all().filter((silence) => isOf(silence, person));
  // Last: what was just entered in the audit about the rules names the person, too.
  const erased = people.erase(person, now);
  const counts = { rules: own + named.length, pseudonyms: erased.length };
  const entry = { action: "person.erased", target: "person", before: null, after: counts };
  const over = ended.map((silence) => silenceRecord(silence, now, true));
  await topics.append([...over, ...erased], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json(counts);
});

/** What is known of a person, to be erased when the person asks for it. */
export const PEOPLE_ROUTES: readonly Route[] = [
  erasePerson,
];

/** Takes a person off a rule; deletes it when it has no other recipient. */
async function forget(
  rules: RuleService,
  { rule, addresses, actor }: {
    readonly rule: Rule;
    readonly addresses: ReadonlySet<string>;
    readonly actor: Actor;
  },
): Promise<void> {
  const id = publicRuleId(rule.tenant, rule.id);
  const gone = addressesOf(rule, addresses);
  const change = (standing: Rule) => withoutRecipient(standing, ...gone);
  await unlessGone(async () => {
    if (gone.length === rule.recipients.length) await rules.remove({ id, expected: undefined }, actor);
    else await rules.update({ id, expected: undefined, change }, actor);
  });
}

/** Whether a silence is for a person alone, or the person's own. */
function isOf({ matchers, by }: Silence, person: string): boolean {
  const isNamed = matchers.some(({ field, value }) =>
    field === "recipient" && normalRecipient(value) === person
  );
  return isNamed || by === `self:${person}`;
}

/** How a rule writes a person's addresses: mail addresses are compared without regard to case. */
function addressesOf(rule: Rule, addresses: ReadonlySet<string>): readonly string[] {
  return rule.recipients.filter((recipient) => addresses.has(normalRecipient(recipient)));
}
