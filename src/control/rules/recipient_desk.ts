import { type ConsentPolicy, isListed, NOBODY_IS_ASKED, REFUSED_DOMAIN } from "../../alerts/consent.ts";
import { normalRecipient } from "../../alerts/recipient_settings.ts";
import { adopt, ask, confirm, standing } from "../../books/consents.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, type InputIssue, messageOf, OutsideError } from "../../core/errors.ts";
import { type ChannelName, channelOf } from "../../rules/channels.ts";
import type { Rule } from "../../rules/rule.ts";
import { DAY_MS } from "../../market/seoul_time.ts";
import { logger } from "../../telemetry/log.ts";
import type { Actor } from "../auth/principal.ts";
import { HttpProblem } from "../http/problem.ts";

const log = logger("control");

/** What is wrong with an address beyond how it is written; undefined when nothing is. */
export interface AddressFaults {
  /** What its text shows. */
  readonly literal: (recipient: string) => string | undefined;
  /** What its host's name leads to. */
  readonly resolved: (recipient: string) => Promise<string | undefined>;
}

export interface RecipientDeskOptions {
  readonly book: RecipientBook;
  readonly clock: Clock;
  readonly consent?: ConsentPolicy | undefined;
  /** Channels that do not work here, and why. */
  readonly idleChannels: () => ReadonlyMap<ChannelName, string>;
  readonly faults?: AddressFaults | undefined;
  /** How many addresses a tenant may have asked in a day. */
  readonly asksPerDay: number;
}

/** How long an address counts as asked that is about to be, and how long such a count is good, ms. */
const TAKEN_MS = 60_000;
const COUNTED_MS = 1_000;

type Addressed = Pick<Rule, "recipients" | "channels">;

interface Taken {
  readonly tenant: string;
  readonly address: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Recipients of rules as they are posted: refused where they can never be reached, asked where they are new. */
export class RecipientDesk {
  readonly #options: RecipientDeskOptions;
  readonly #policy: ConsentPolicy;
  /** Addresses that are about to be asked: their records may not be read yet. By tenant and address. */
  readonly #taken = new Map<string, Taken>();
  readonly #counted = new Map<string, { readonly at: number; readonly asked: Set<string> }>();

  constructor(options: RecipientDeskOptions) {
    this.#options = options;
    this.#policy = options.consent ?? NOBODY_IS_ASKED;
  }

  /**
   * What is wrong with the recipients of a rule.
   *
   * @param standing those the rule has already: they may stay.
   */
  check({ recipients }: Addressed, prefix: string, standing: readonly string[] = []): InputIssue[] {
    return recipients.flatMap((value, index): InputIssue[] => {
      if (standing.includes(value)) return [];
      const field = `${prefix}recipients[${index}]`;
      if (this.#isRefused(value)) return [{ field, ...REFUSED_DOMAIN, value }];
      const reason = this.#options.faults?.literal(value);
      return reason === undefined ? [] : [{ field, code: "bad_recipient", reason, value }];
    });
  }

  /**
   * {@link check} for what is posted one by one: a channel that does not work here, and a name that leads to a private
   * address, are refused; an import takes them, for it may be a copy of what stood.
   *
   * @throws {InputError}
   */
  async checkPosted({ recipients, channels }: Addressed, prefix: string, before: readonly string[] = []) {
    const { faults } = this.#options;
    const idleChannels = this.#options.idleChannels();
    const issues = await Promise.all(recipients.map(async (value, index): Promise<InputIssue[]> => {
      if (before.includes(value)) return [];
      const field = `${prefix}recipients[${index}]`;
      const channel = channelOf(value);
      const idle = channels.includes(channel) ? idleChannels.get(channel) : undefined;
      if (idle !== undefined) {
        return [{ field, code: "channel_idle", reason: idleReason(channel, idle), value }];
      }
      const reason = await faults?.resolved(value);
      return reason === undefined ? [] : [{ field, code: "bad_recipient", reason, value }];
    }));
    if (issues.flat().length > 0) throw new InputError("bad_rule", issues.flat());
  }

  /** @throws {HttpProblem} 409 where a recipient's channel does not work here. */
  requireWorking(recipient: string): void {
    const channel = channelOf(recipient);
    const idle = this.#options.idleChannels().get(channel);
    if (idle !== undefined) {
      throw new HttpProblem(409, "channel_idle", `${recipient} ${idleReason(channel, idle)}`);
    }
  }

  /** @throws {HttpProblem} 400 where nothing is sent to an address's domain. */
  requireTaken(recipient: string): void {
    if (!this.#isRefused(recipient)) return;
    const issue = { field: "recipient", ...REFUSED_DOMAIN, value: recipient };
    throw new HttpProblem(400, "bad_recipient", `recipient ${issue.reason}`, { issues: [issue] });
  }

  /** @throws {HttpProblem} 403 when a tenant would have more new addresses asked today than it may. */
  async checkAsks(drafts: readonly Addressed[], { who }: Actor): Promise<void> {
    if (!this.#policy.asks || who.operator) return;
    await this.#options.book.ready;
    this.requireAsks(this.#newcomers(who.tenant, drafts), who.tenant);
  }

  /** Whether a rule's new addresses may be asked today, as {@link checkAsks}. */
  async mayAsk(draft: Addressed, { who }: Actor): Promise<boolean> {
    if (!this.#policy.asks || who.operator) return true;
    await this.#options.book.ready;
    return this.#takeAsks(this.#newcomers(who.tenant, [draft]), who.tenant);
  }

  /** @throws {HttpProblem} 403 when these addresses would be too many for a tenant's day. */
  requireAsks(addresses: readonly string[], tenant: string): void {
    if (this.#takeAsks(addresses, tenant)) return;
    const detail = `The tenant may have ${this.#options.asksPerDay} new addresses asked in a day`;
    throw new HttpProblem(403, "quota_exceeded", detail);
  }

  /**
   * Before rules are written: an operator vouches for the addresses of theirs.
   *
   * @throws {OutsideError} when that cannot be stored.
   */
  async vouch(rules: readonly Addressed[], { who }: Actor): Promise<void> {
    if (!who.operator) return;
    const { book, clock } = this.#options;
    await book.ready;
    const addresses = mailOf(rules).filter((recipient) => book.consent(recipient, who.tenant) === undefined);
    const addressees = addresses.map((recipient) => ({ tenant: who.tenant, recipient }));
    await confirm(book, addressees, { by: "operator", at: clock.now() });
  }

  /** After rules are written: new addresses are asked. Where that fails, the notifier asks at the first alert. */
  async ask(rules: readonly (Addressed & Pick<Rule, "locale">)[], { who }: Actor): Promise<void> {
    if (!this.#policy.asks || who.operator) return;
    const { book, clock } = this.#options;
    await book.ready;
    const newcomers = rules.flatMap((rule) =>
      this.#newcomers(who.tenant, [rule]).map((recipient) => ({
        tenant: who.tenant,
        recipient,
        locale: rule.locale,
      }))
    );
    const once = new Map(newcomers.map((newcomer) => [normalRecipient(newcomer.recipient), newcomer]));
    try {
      await ask(book, [...once.values()], clock.now());
    } catch (thrown) {
      if (!(thrown instanceof OutsideError)) throw thrown;
      log.warn("new addresses are asked at their first alert: {error}", { error: messageOf(thrown) });
    }
  }

  /**
   * Takes over what stood before there was consent: addresses of standing rules count as confirmed. Once.
   *
   * @throws {OutsideError} when that cannot be stored.
   */
  async adopt(rules: Iterable<Rule>): Promise<void> {
    const { book, clock } = this.#options;
    await book.ready;
    if (book.adopted) return;
    const found = new Map<string, { tenant: string; recipient: string }>();
    for (const rule of rules) {
      for (const recipient of mailOf([rule])) {
        found.set(`${rule.tenant} ${recipient}`, { tenant: rule.tenant, recipient });
      }
    }
    await confirm(book, [...found.values()], { by: "upgrade", at: clock.now() });
    await adopt(book, clock.now());
  }

  /** Whether so many may be asked; they count from now on, for a minute though nobody comes to ask them. */
  #takeAsks(addresses: readonly string[], tenant: string): boolean {
    if (addresses.length === 0) return true;
    const now = this.#options.clock.now();
    const asked = this.#askedToday(tenant, now);
    const more = addresses.filter((address) => !asked.has(address));
    if (more.length > 0 && asked.size + more.length > this.#options.asksPerDay) return false;
    for (const address of more) {
      asked.add(address);
      this.#taken.set(`${tenant} ${address}`, { tenant, address, at: now });
    }
    return true;
  }

  /** A tenant's addresses that were asked within a day, or are about to be; counted anew after a second. */
  #askedToday(tenant: string, now: number): Set<string> {
    const counted = this.#counted.get(tenant);
    if (counted !== undefined && Math.abs(now - counted.at) < COUNTED_MS) return counted.asked;
    const recent = this.#options.book.allOf(tenant).filter(({ consent }) =>
      (consent?.askedAt ?? 0) > now - DAY_MS
    );
    const asked = new Set(recent.map(({ recipient }) => recipient));
    for (const [key, taken] of this.#taken) {
      if (Math.abs(now - taken.at) > TAKEN_MS) this.#taken.delete(key);
      else if (taken.tenant === tenant) asked.add(taken.address);
    }
    for (const [other, { at }] of this.#counted) {
      if (Math.abs(now - at) >= COUNTED_MS) this.#counted.delete(other);
    }
    this.#counted.set(tenant, { at: now, asked });
    return asked;
  }

  #isRefused(recipient: string): boolean {
    return isListed(recipient, this.#policy.refused);
  }

  /** The addresses of a tenant's rules that have to be asked, each once. */
  #newcomers(tenant: string, rules: readonly Addressed[]): string[] {
    const { book } = this.#options;
    return mailOf(rules).filter((recipient) =>
      standing(book, { tenant, recipient }, this.#policy) === "open"
    );
  }
}

function mailOf(rules: readonly Addressed[]): string[] {
  const mail = rules.flatMap(({ recipients }) =>
    recipients.filter((recipient) => channelOf(recipient) === "mail").map(normalRecipient)
  );
  return [...new Set(mail)];
}

function idleReason(channel: ChannelName, idle: string): string {
  return `is reached by ${channel}, which does not work here: ${idle}`;
}
