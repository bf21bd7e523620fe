import type { Clock } from "../../core/clock.ts";
import { assert, InputError, OutsideError } from "../../core/errors.ts";
import type { RuleDraft } from "../../rules/parse_rule.ts";
import { armingOf, decidingText } from "../../rules/arming.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId, storedRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { idFor, type PersonPolicy } from "../people/person_policy.ts";
import { newRuleId } from "../http/rule_id.ts";
import { RuleChecks, type RuleChecksOptions } from "./rule_checks.ts";
import type { RecipientDesk } from "./recipient_desk.ts";
import type { AuditDraft } from "../audit/entry.ts";
import type { RuleStore, RuleWrite, WriteOutcome } from "../store/rule_store.ts";

/** How often a change that came second is made again. */
const MOST_TRIES = 5;

/** The versions one of which a change is made from (If-Match); undefined: any. */
export type Expected = ReadonlySet<number> | undefined;

/** Makes, changes and deletes rules: checks them against the market, writes them and waits until they are in force. */
export class RuleService {
  readonly #store: RuleStore;
  readonly #persons: PersonPolicy;
  readonly #recipients: RecipientDesk;
  readonly #clock: Clock;
  readonly #maxRules: number;
  readonly #inForce: (rules: readonly Rule[]) => Promise<void>;
  /** What is wrong with rules, beside what their own text says. */
  readonly checks: RuleChecks;

  constructor(
    options: RuleChecksOptions & {
      readonly store: RuleStore;
      readonly clock: Clock;
      readonly maxRules: number;
      readonly inForce?: (rules: readonly Rule[]) => Promise<void>;
    },
  ) {
    this.checks = new RuleChecks(options);
    this.#store = options.store;
    this.#persons = options.persons;
    this.#recipients = options.recipients;
    this.#clock = options.clock;
    this.#maxRules = options.maxRules;
    this.#inForce = options.inForce ?? (() => Promise.resolve());
  }

  /** @throws {HttpProblem} 404 */
  get(tenant: string, id: string): Rule {
    const rule = this.#store.get(tenant, storedRuleId(tenant, id));
    if (rule === undefined) throw notFound("rule", id);
    return rule;
  }

  /**
   * Creates all of the rules or none of them.
   *
   * @param given.idFor the id of a rule that brings none, the same when the request is repeated: such a rule that is
   *   there already was made by the first try, and is answered as it stands.
   */
  async create(
    given: { drafts: readonly RuleDraft[]; prefixed: boolean; idFor?: (index: number) => string },
    actor: Actor,
  ): Promise<readonly Rule[]> {
    const { drafts, prefixed } = given;
    const { tenant } = actor.who;
    this.checks.checkAll(drafts, tenant, prefixed);
    this.checks.checkOwn(drafts, actor, prefixed);
    await this.checks.checkExpiry(drafts, prefixed);
    this.checkQuota(tenant, drafts.length);
    for (const [index, draft] of drafts.entries()) {
      await this.#recipients.checkPosted(draft, prefixed ? `[${index}].` : "");
    }
    await this.#recipients.checkAsks(drafts, actor);
    const idOf = (index: number) => idFor(actor.who, given.idFor?.(index) ?? newRuleId(this.#clock.now()));
    const ids = drafts.map((draft, index) => storedRuleId(tenant, draft.id ?? idOf(index)));
    return await this.#store.exclusive(ids, async () => {
      const standing = ids.map((id) => this.#store.get(tenant, id));
      const repeated = (index: number) => drafts[index]!.id === undefined && standing[index] !== undefined;
      const seen = new Set<string>();
      ids.forEach((id, index) => {
        if (seen.has(id) || (standing[index] !== undefined && !repeated(index))) {
          throw idTaken(drafts[index]!.id!);
        }
        seen.add(id);
      });
      const rules = drafts.map((draft, index) => standing[index] ?? this.newRule(draft, tenant, ids[index]!));
      const made = rules.filter((_, index) => !repeated(index));
      this.#persons.checkQuota(actor.who, made.length);
      // An id from an Idempotency-Key is nobody else's, nor is one that is made of chance.
      const own = new Set(drafts.flatMap((draft, index) => draft.id === undefined ? [] : [ids[index]!]));
      const writes = made.map((rule): RuleWrite => ({ type: "create", rule, chosenId: own.has(rule.id) }));
      const outcomes = await this.#write(writes, actor);
      const lost = outcomes.indexOf("lost");
      if (lost >= 0) throw idTaken(publicRuleId(tenant, made[lost]!.id));
      await this.#untilInForce(rules, actor);
      return rules;
    });
  }

  /**
   * Replaces a rule by what `change` makes of the one that stands.
   *
   * @throws {HttpProblem} 404, 412 when it is not at the expected version or another change came first, 409 for a symbol
   *   that differs.
   */
  async update(
    given: { id: string; expected: Expected; change: (rule: Rule) => RuleDraft },
    actor: Actor,
  ): Promise<Rule> {
    const { tenant } = actor.who;
    const id = storedRuleId(tenant, given.id);
    return await this.#store.exclusive([id], async () => {
      const rule = await untilWon(given.expected, () => this.#tryUpdate(given, actor));
      await this.#untilInForce([rule], actor);
      return rule;
    });
  }

  /** Makes a change of what stands once. */
  async #tryUpdate(
    given: { id: string; expected: Expected; change: (rule: Rule) => RuleDraft },
    actor: Actor,
  ): Promise<Rule | "lost"> {
    const { tenant } = actor.who;
    const before = this.get(tenant, given.id);
    requireVersion(before, given.expected);
    const draft = given.change(before);
    if (draft.id !== undefined && draft.id !== given.id) {
      throw inputProblem("id", "id_fixed", "cannot be changed: delete the rule and make another", draft.id);
    }
    if (draft.symbol !== before.symbol) {
      const reason = "cannot be changed: delete the rule and make another";
      throw inputProblem("symbol", "symbol_fixed", reason, draft.symbol);
    }
    this.checks.checkAll([draft], tenant, false, before.recipients);
    await this.#recipients.checkPosted(draft, "", before.recipients);
    await this.#recipients.checkAsks([draft], actor);
    // What stood before one's channel went may be changed, paused or deleted all the same.
    if (String(draft.recipients) !== String(before.recipients)) this.checks.checkOwn([draft], actor, false);
    if (draft.expiresAt !== before.expiresAt) await this.checks.checkExpiry([draft], false);
    const rule = this.changedRule(before, draft);
    const [outcome] = await this.#write([{ type: "update", rule }], actor, [before]);
    return outcome === "lost" ? "lost" : rule;
  }

  /** @throws {HttpProblem} 404, 412 */
  async remove(given: { id: string; expected: Expected }, actor: Actor): Promise<void> {
    const { tenant } = actor.who;
    const id = storedRuleId(tenant, given.id);
    await this.#store.exclusive([id], async () => {
      await untilWon(given.expected, async () => {
        const rule = this.get(tenant, given.id);
        requireVersion(rule, given.expected);
        const [outcome] = await this.#write([{ type: "delete", rule }], actor);
        return outcome!;
      });
    });
  }

  /** A rule at its first version. */
  newRule(draft: RuleDraft, tenant: string, id: string): Rule {
    const createdAt = this.#clock.now();
    const version = this.#store.firstVersion(id);
    const before = this.#store.armingOf(id);
    // Deleted and made again as it was, it does not fire again in the same window.
    const { armed, armedAt } = before?.deciding === decidingText(draft)
      ? before
      : { armed: version, armedAt: createdAt };
    return { ...draft, id, tenant, version, armed, armedAt, createdAt, updatedAt: createdAt };
  }

  /** The next version of a rule. */
  changedRule(before: Rule, draft: RuleDraft): Rule {
    const { id, tenant, createdAt } = before;
    const updatedAt = Math.max(this.#clock.now(), before.updatedAt);
    const version = before.version + 1;
    const arming = armingOf(before, { draft, version, at: updatedAt });
    return { ...draft, id, tenant, version, ...arming, createdAt, updatedAt };
  }

  async #untilInForce(rules: readonly Rule[], { dryRun }: Actor): Promise<void> {
    if (dryRun) return;
    try {
      await this.#inForce(rules);
    } catch (thrown) {
      if (!(thrown instanceof OutsideError)) throw thrown;
      const ids = rules.slice(0, 10).map((rule) => publicRuleId(rule.tenant, rule.id)).join(", ");
      const detail = `Stored as ${ids}, but the stream has not said that it has it: ${thrown.message}`;
      throw new HttpProblem(503, "not_in_force", detail, { headers: { "Retry-After": "1" } });
    }
  }

  /** How many more rules a tenant may have. */
  room(tenant: string): number {
    return this.#maxRules - this.#store.count(tenant);
  }

  /** Writes changes that have been checked and are exclusive, and waits until they are in force. */
  async writeAll(
    changes: readonly { readonly write: RuleWrite; readonly before: Rule | undefined }[],
    actor: Actor,
  ): Promise<WriteOutcome[]> {
    const outcomes = await this.#write(
      changes.map(({ write }) => write),
      actor,
      changes.map(({ before }) => before),
    );
    const standing = changes.filter(({ write }, index) =>
      outcomes[index] === "won" && write.type !== "delete"
    );
    await this.#untilInForce(standing.map(({ write }) => write.rule), actor);
    return outcomes;
  }

  /** Whether a rule's new addresses may be asked today. */
  async mayAsk(draft: Pick<Rule, "recipients" | "channels">, actor: Actor): Promise<boolean> {
    return await this.#recipients.mayAsk(draft, actor);
  }

  /** @throws {HttpProblem} 403 when rules would have more new addresses asked today than the tenant may. */
  async checkAsks(drafts: readonly RuleDraft[], actor: Actor): Promise<void> {
    await this.#recipients.checkAsks(drafts, actor);
  }

  /** @throws {HttpProblem} 403 when the tenant may not have so many more rules. */
  checkQuota(tenant: string, more: number): void {
    const count = this.#store.count(tenant);
    if (count + more <= this.#maxRules) return;
    const detail = `The tenant may have ${this.#maxRules} rules and has ${count}`;
    throw new HttpProblem(403, "quota_exceeded", detail);
  }

  async #write(
    writes: readonly RuleWrite[],
    actor: Actor,
    before: readonly (Rule | undefined)[] = [],
  ): Promise<WriteOutcome[]> {
    if (writes.length === 0) return [];
    if (actor.dryRun) return writes.map(() => "won");
    const kept = writes.filter(({ type }) => type !== "delete").map(({ rule }) => rule);
    await this.#recipients.vouch(kept, actor);
    const audit = writes.map((write, index) => ruleEntry(write, actor, before[index]));
    const outcomes = await this.#store.write(writes, audit);
    assert(outcomes.length === writes.length, "every write has an outcome");
    await this.#recipients.ask(kept, actor);
    return outcomes;
  }
}

/**
 * Makes a change. Whoever expects no certain version does not care that another write came first (it may be his own, whose
 * answer was lost): the change is made again from what stands now.
 *
 * @throws {HttpProblem} 412 when a version was expected, or others always come first.
 */
async function untilWon<T>(expected: Expected, attempt: () => Promise<T | "lost">): Promise<T> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const outcome = await attempt();
    if (outcome !== "lost") return outcome;
    if (expected !== undefined) break;
  }
  throw changedMeanwhile();
}

function requireVersion(rule: Rule, expected: Expected): void {
  if (expected !== undefined && !expected.has(rule.version)) throw changedMeanwhile();
}

function changedMeanwhile(): HttpProblem {
  return new HttpProblem(
    412,
    "changed_meanwhile",
    "The rule was changed meanwhile: read it again and repeat the change",
  );
}

function idTaken(id: string): HttpProblem {
  const issue = { field: "id", code: "id_taken", reason: "is the id of another rule", value: id };
  return new HttpProblem(409, "id_taken", `id: is the id of another rule, got ${JSON.stringify(id)}`, {
    issues: [issue],
  });
}

function inputProblem(field: string, code: string, reason: string, value: unknown): InputError {
  return new InputError("bad_rule", [{ field, code, reason, value }]);
}

/** The audit's entry of a rule's change. */
function ruleEntry(write: RuleWrite, actor: Actor, before: Rule | undefined): AuditDraft {
  const { rule, type } = write;
  return {
    action: `rule.${type}d`,
    target: publicRuleId(rule.tenant, rule.id),
    before: (type === "delete" ? rule : before) ?? null,
    after: type === "delete" ? null : rule,
    actor,
  };
}
