import { InputError, type InputIssue } from "../../core/errors.ts";
import { endpointName, type FindEndpoint } from "../../alerts/webhook_endpoint.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import type { RuleDraft } from "../../rules/parse_rule.ts";
import { symbolsOf } from "../../rules/rule.ts";
import { storedRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { looksLikeSeconds, secondsGiven } from "../http/instant.ts";
import type { PersonPolicy } from "../people/person_policy.ts";
import type { RecipientDesk } from "./recipient_desk.ts";

/** A rule's id is at most this long as it is stored, its tenant's name included. */
const MAX_STORED_ID = 64;

/** What {@link RuleChecks} asks. */
export interface RuleChecksOptions {
  readonly directory: SymbolDirectory;
  /** The endpoints that recipients may name. */
  readonly webhooks: { readonly find: FindEndpoint };
  /** What holds of the rules of who serves himself. */
  readonly persons: PersonPolicy;
  readonly recipients: RecipientDesk;
  /** The market's time, epoch ms: a replay's is in the past. */
  readonly marketTime: () => Promise<number>;
}

/** What the market, the tenant and its recipients know to be wrong with a rule that parses. */
export class RuleChecks {
  readonly #options: RuleChecksOptions;

  constructor(options: RuleChecksOptions) {
    this.#options = options;
  }

  /** @throws {InputError} for what is not the own of who serves himself. */
  checkOwn(drafts: readonly RuleDraft[], { who }: Actor, prefixed: boolean): void {
    const issues = drafts.flatMap((draft, index) =>
      this.#options.persons.issues(who, draft, prefixed ? `[${index}].` : "")
    );
    if (issues.length > 0) throw new InputError("bad_rule", issues);
  }

  /** @throws {InputError} for what the market knows and the rule's own text does not. */
  checkAll(
    drafts: readonly RuleDraft[],
    tenant: string,
    prefixed: boolean,
    standing?: readonly string[],
  ): void {
    const issues = drafts.flatMap((draft, index) =>
      this.check(draft, tenant, prefixed ? `[${index}].` : "", standing)
    );
    if (issues.length > 0) throw new InputError("bad_rule", issues);
  }

  /**
   * A rule that has expired already could never fire. An import takes it, with a warning: it may be a copy of what stood.
   *
   * @throws {InputError} for an end in the past of the market's time.
   */
  async checkExpiry(drafts: readonly RuleDraft[], prefixed: boolean): Promise<void> {
    if (drafts.every(({ expiresAt }) => expiresAt === null)) return;
    const now = await this.#options.marketTime();
    const issues = drafts.flatMap(({ expiresAt }, index): InputIssue[] => {
      if (expiresAt === null || expiresAt > now) return [];
      const field = prefixed ? `[${index}].expiresAt` : "expiresAt";
      if (looksLikeSeconds(expiresAt)) return [...secondsGiven(field, expiresAt).issues];
      const reason = `must be in the future: the market's time is ${formatInstant(now)}`;
      return [{ field, code: "in_the_past", reason, value: formatInstant(expiresAt) }];
    });
    if (issues.length > 0) throw new InputError("bad_rule", issues);
  }

  /**
   * What is wrong with a rule that parses.
   *
   * @param standing recipients the rule has already.
   */
  check(draft: RuleDraft, tenant: string, prefix = "", standing?: readonly string[]): InputIssue[] {
    const issues = this.#options.recipients.check(draft, prefix, standing);
    for (const [index, symbol] of symbolsOf(draft).entries()) {
      if (!this.#options.directory.complete || this.#options.directory.get(symbol) !== undefined) continue;
      // No guess: a company with a similar number is another company.
      const reason = "is not a listed symbol; find a code by its name: GET /v1/symbols?q=NAME";
      const field = draft.symbol === null ? `symbols[${index}]` : "symbol";
      issues.push({ field: `${prefix}${field}`, code: "unknown_symbol", reason, value: symbol });
    }
    for (const [index, recipient] of draft.recipients.entries()) {
      const name = endpointName(recipient);
      if (name === undefined || this.#options.webhooks.find(tenant, name) !== undefined) continue;
      const reason = "is no webhook of yours; make it: POST /v1/webhooks";
      issues.push({
        field: `${prefix}recipients[${index}]`,
        code: "unknown_webhook",
        reason,
        value: recipient,
      });
    }
    const length = storedRuleId(tenant, draft.id ?? "").length;
    if (draft.id !== undefined && length > MAX_STORED_ID) {
      const most = MAX_STORED_ID - (length - draft.id.length);
      issues.push({
        field: `${prefix}id`,
        code: "bad_id",
        reason: `must be at most ${most} characters`,
        value: draft.id,
      });
    }
    return issues;
  }
}
