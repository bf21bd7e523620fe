import type { Alert } from "../../alerts/alert.ts";
import { actsOf, type PageRule } from "../../alerts/pages/alert_page.ts";
import type { PageAct } from "../../alerts/pages/page_words.ts";
import { sentenceOf } from "../../alerts/words.ts";
import { InputError } from "../../core/errors.ts";
import { DAY_MS, seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import { DEFAULT_WINDOW_MS } from "../../rules/evaluation.ts";
import { parseRule, writtenDraft } from "../../rules/parse_rule.ts";
import type { Locale, Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { HttpProblem } from "../http/problem.ts";
import { publicDraft } from "../rules/public_draft.ts";
import type { Services } from "../routes/services.ts";
import { addBrowser } from "./add_browser.ts";
import { isAlone } from "./own_rule.ts";
import { sayConsent } from "./say_consent.ts";
import { endSnoozes, snooze, snoozedUntil } from "./snooze.ts";

/** Whoever opened an alert's page: the alert, to whom it went, and the rule as it is now. */
export interface PageVisit {
  readonly alert: Alert;
  readonly recipient: string;
  readonly rule: Rule | undefined;
}

/** A pause of a rule that has other recipients is a silence for one of them, for so long, ms. */
const LONG_MS = 366 * DAY_MS;
const HOUR_MS = 3_600_000;

/** What came of an act: done, or why not. */
export type ActOutcome = "done" | "bad value" | "cannot";

/** Does what the buttons of an alert's page say, for the one who has the link. */
export class PageDesk {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /** The rule as its page shows it. */
  ruleOf({ alert, rule, recipient }: PageVisit): PageRule | undefined {
    if (rule === undefined) return undefined;
    const { deps: { clock, directory, windowMs = DEFAULT_WINDOW_MS }, silences } = this.#services;
    const name = nameOf(directory.get(alert.symbol), alert.locale);
    const now = clock.now();
    return {
      words: sentenceOf(rule, { name: rule.symbol === null ? undefined : name, windowMs }, alert.locale),
      changed: rule.version !== alert.ruleVersion,
      paused: !rule.enabled || !rule.recipients.includes(recipient),
      quietUntil: snoozedUntil(silences, rule, now) ?? snoozedUntil(silences, rule, now, recipient),
      own: this.#isAlone(rule, recipient),
      value: this.#isAlone(rule, recipient) ? rule.value ?? undefined : undefined,
    };
  }

  /** What the one who has the link may do. */
  actsOf(visit: PageVisit, rule: PageRule | undefined): readonly PageAct[] {
    const { pushKey } = this.#services.deps;
    return actsOf(rule, { stopped: this.isStopped(visit), push: pushKey !== undefined });
  }

  /** Whether the address has stopped the tenant's messages. */
  isStopped({ alert: { tenant }, recipient }: PageVisit): boolean {
    return this.#services.recipients.consent(recipient, tenant)?.state === "stopped";
  }

  /** @throws {HttpProblem} what changing a rule throws; {OutsideError} when it cannot be stored. */
  async act(
    visit: PageVisit,
    { act, value, actor }: { readonly act: PageAct; readonly value: string; readonly actor: Actor },
  ): Promise<ActOutcome> {
    const { deps: { clock } } = this.#services;
    const { rule, recipient, alert: { tenant } } = visit;
    const now = clock.now();
    if (act === "stop" || act === "start") {
      const word = act === "stop" ? "stop" : "agree";
      await sayConsent(this.#services, { who: { tenant, recipient }, word, actor });
      return "done";
    }
    if (rule === undefined) return "cannot";
    switch (act) {
      case "hour":
        return await this.#snooze(rule, { recipient, until: now + HOUR_MS, actor });
      case "today":
        return await this.#snooze(rule, {
          recipient,
          until: startOfSeoulDay(seoulDay(now) + 1),
          actor,
        });
      case "pause":
        if (!this.#isAlone(rule, recipient)) {
          return await this.#snooze(rule, { recipient, until: now + LONG_MS, actor });
        }
        return await this.#switch(rule, false, actor);
      case "resume":
        return await this.#resume(rule, recipient, actor);
      case "value":
        return this.#isAlone(rule, recipient) ? await this.#changeValue(rule, value, actor) : "cannot";
      case "push":
        return this.#isAlone(rule, recipient)
          ? await addBrowser(this.#services, { rule, recipient, browser: value, actor })
          : "cannot";
    }
  }

  /** Whether a rule writes to one person alone: what they change is nobody else's. */
  #isAlone(rule: Rule, recipient: string): boolean {
    return isAlone(rule, recipient, this.#services.recipients);
  }

  async #snooze(
    rule: Rule,
    { recipient, until, actor }: { recipient: string; until: number; actor: Actor },
  ): Promise<ActOutcome> {
    await snooze(this.#services, this.#isAlone(rule, recipient) ? { rule } : { rule, recipient }, {
      until,
      actor,
    });
    return "done";
  }

  async #resume(rule: Rule, recipient: string, actor: Actor): Promise<ActOutcome> {
    await endSnoozes(this.#services, { rule, recipient }, actor);
    // Whoever was taken off the rule is put back by those whose rule it is.
    if (!rule.recipients.includes(recipient)) return "cannot";
    return rule.enabled ? "done" : await this.#switch(rule, true, actor);
  }

  async #switch(rule: Rule, enabled: boolean, actor: Actor): Promise<ActOutcome> {
    const id = publicRuleId(rule.tenant, rule.id);
    const change = (standing: Rule) => ({ ...publicDraft(standing), enabled });
    await this.#services.rules.update({ id, expected: undefined, change }, actor);
    return "done";
  }

  async #changeValue(rule: Rule, value: string, actor: Actor): Promise<ActOutcome> {
    if (rule.value === null) return "cannot";
    const id = publicRuleId(rule.tenant, rule.id);
    // As people write numbers: "71,500원", "3 %".
    const plain = value.slice(0, 100).normalize("NFKC").replace(/[,\s원%]/g, "");
    const change = (standing: Rule) => parseRule({ ...writtenDraft(publicDraft(standing)), value: plain });
    try {
      await this.#services.rules.update({ id, expected: undefined, change }, actor);
      return "done";
    } catch (thrown) {
      if (thrown instanceof InputError) return "bad value";
      throw thrown;
    }
  }
}

function nameOf(listed: { name: string; nameEn: string } | undefined, locale: Locale): string | undefined {
  return locale === "en" ? listed?.nameEn : listed?.name;
}

/** Whether a change came to nothing since the rule is gone or being changed. */
export function isPassing(thrown: unknown): boolean {
  return thrown instanceof HttpProblem && (thrown.status === 404 || thrown.status === 412);
}
