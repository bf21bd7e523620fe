import type { InputIssue } from "../../core/errors.ts";
import type { RuleDraft } from "../../rules/parse_rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor, Person } from "../auth/principal.ts";
import { HttpProblem } from "../http/problem.ts";
import type { RuleStore } from "../store/rule_store.ts";
import type { AccountStore } from "./account_store.ts";
import { ownPrefix, owns } from "./person_routes.ts";

/** What holds of the rules of who serves himself, beyond what holds of every rule. */
export class PersonPolicy {
  readonly #accounts: AccountStore;
  readonly #store: RuleStore;
  /** Rules that one may have. */
  readonly maxRules: number;

  constructor(options: { accounts: AccountStore; store: RuleStore; maxRules: number }) {
    this.#accounts = options.accounts;
    this.#store = options.store;
    this.maxRules = options.maxRules;
  }

  /** How many rules one has. */
  count(tenant: string, person: Person): number {
    return [...this.#store.ownedBy(tenant, person.id)].length;
  }

  /** @throws {HttpProblem} 403 `quota_exceeded` for more rules than one may have. */
  checkQuota({ tenant, person }: Actor["who"], more: number): void {
    if (person === undefined) return;
    const count = this.count(tenant, person);
    if (count + more <= this.maxRules) return;
    const detail = `You may have ${this.maxRules} rules and have ${count}: delete some first`;
    throw new HttpProblem(403, "quota_exceeded", detail);
  }

  /** What one may not write: an id that is not one's own, a recipient that is somebody else. */
  issues({ tenant, person }: Actor["who"], draft: RuleDraft, prefix: string): InputIssue[] {
    if (person === undefined) return [];
    const issues: InputIssue[] = [];
    if (draft.id !== undefined && !owns({ person }, draft.id)) {
      const reason = `must begin with ${ownPrefix(person)}, or be left out`;
      issues.push({ field: `${prefix}id`, code: "not_yours", reason, value: draft.id });
    }
    const channels = this.#accounts.get(tenant, person.address)?.channels ?? [];
    for (const [index, recipient] of draft.recipients.entries()) {
      if (channels.some((channel) => channel.recipient === recipient)) continue;
      const reason = "must be your own address, or a browser or chat that you have added";
      issues.push({ field: `${prefix}recipients[${index}]`, code: "not_yours", reason, value: recipient });
    }
    return issues;
  }
}

/** The id of a new rule: one's own begins with one's prefix. */
export function idFor({ person }: Actor["who"], id: string): string {
  return person === undefined ? id : `${ownPrefix(person)}${id}`;
}

/** Whose request it is, for what is remembered and counted: a person is one alone, a tenant's keys are one together. */
export function accountOf({ tenant, person }: Actor["who"]): string {
  return person === undefined ? tenant : `${tenant}/${person.id}`;
}

/** The rules, or alerts, of a tenant that who asks may see, by the id that they have in it. */
export function* ownOf<T extends { readonly tenant: string }>(
  items: Iterable<T>,
  who: Actor["who"],
  idOf: (item: T) => string,
): IterableIterator<T> {
  for (const item of items) if (owns(who, publicRuleId(item.tenant, idOf(item)))) yield item;
}
