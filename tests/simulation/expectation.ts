import { idOfMatch } from "../../src/alerts/alert.ts";
import { missingCopies } from "../../src/control/store/rule_copies.ts";
import { referenceOfListed, type SymbolDirectory } from "../../src/market/directory.ts";
import { arrivalOf } from "../../src/ports/arrival.ts";
import type { LogRecord } from "../../src/ports/event_log.ts";
import { Oracle } from "../../src/rules/evaluate.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { RuleHistory } from "../../src/rules/rule_history.ts";
import { publicRuleId } from "../../src/rules/tenancy.ts";
import type { KafkaModel } from "./kafka_model.ts";

/** The forms of a rule since the last calm. */
interface Forms {
  /** All that it may have had while trades were evaluated. */
  readonly versions: Map<number, Rule>;
  /** Whether it had its one form all the time. */
  calm: boolean;
}

interface Evaluators {
  readonly may: Oracle;
  readonly must: Oracle;
  next: number;
}

/**
 * What the alerts must be and may be, worked out by the oracle from the trades topic and the rules topic themselves.
 *
 * Between two calls of {@link Expectation.catchUp} the trades that were appended are evaluated with the rules that were in
 * force. A rule that was changed while trades flowed may have seen each of them in its old or its new form: what any form
 * fires it may fire, and nothing is a must until the next calm.
 */
export class Expectation {
  readonly may = new Set<string>();
  readonly must = new Set<string>();
  /** Where the records stand that are no trade, as the dead letters' origin. */
  readonly unreadable = new Set<string>();
  /** What stands, by the rules topic, partition by partition. */
  readonly rules: readonly RuleHistory[];
  trades = 0;
  late = 0;
  readonly #model: KafkaModel;
  readonly #evaluators: readonly Evaluators[];
  readonly #forms = new Map<string, Forms>();
  readonly #names = new Map<string, string>();

  constructor(
    model: KafkaModel,
    options: {
      partitions: number;
      windowMs: number;
      graceMs: number;
      maxAheadMs: number;
      directory: SymbolDirectory;
    },
  ) {
    this.#model = model;
    const { partitions, directory } = options;
    const oracle = () => {
      const made = new Oracle(options);
      for (const listed of directory.all()) {
        made.setReference(directory.reference(listed.symbol) ?? referenceOfListed(listed));
      }
      return made;
    };
    this.rules = Array.from({ length: partitions }, () => new RuleHistory());
    this.#evaluators = Array.from(
      { length: partitions },
      () => ({ may: oracle(), must: oracle(), next: 0 }),
    );
  }

  /** A record of the rules topic has been written. */
  ruleWritten(record: LogRecord): void {
    const change = this.rules[record.partition]!.apply(record);
    if (change.type !== "put" && change.type !== "removed") return;
    const id = record.key;
    let forms = this.#forms.get(id);
    if (forms === undefined) this.#forms.set(id, forms = { versions: new Map(), calm: false });
    const copied = change.type === "put" && forms.versions.has(change.rule.version);
    if (change.type === "put") forms.versions.set(change.rule.version, change.rule);
    if (!copied) forms.calm = false;
  }

  /** Everything is in force as it stands now: what comes from now on is a must. */
  calm(): void {
    this.#forms.clear();
    for (const table of this.rules) {
      for (const rule of table.rules()) {
        this.#forms.set(rule.id, { versions: new Map([[rule.version, rule]]), calm: true });
      }
    }
  }

  /** The standing rules of a tenant, as `id version`. */
  standing(tenant: string): string[] {
    const found = new Map<string, number>();
    for (const table of this.rules) {
      for (const rule of table.rules()) {
        if (rule.tenant !== tenant) continue;
        const id = publicRuleId(tenant, rule.id);
        found.set(id, Math.max(found.get(id) ?? 0, rule.version));
      }
    }
    return [...found].map(([id, version]) => `${id} ${version}`).sort();
  }

  /** Rules whose copies are not yet what their home says: a caller has heard nothing of how their change ended. */
  unfinished(): string[] {
    const ids = new Set(this.rules.flatMap((table) => [...table.rules()].map(({ id }) => id)));
    return [...ids].filter((id) => missingCopies(id, { tables: this.rules, timestamp: 0 }).length > 0);
  }

  /** Evaluates what was appended since the last time. */
  catchUp(): void {
    for (const [partition, evaluators] of this.#evaluators.entries()) {
      this.#load(evaluators);
      const records = this.#model.records("trades", partition, evaluators.next)
        .map((record) => ({ ...record, arrival: arrivalOf(record) }));
      const must = evaluators.must.evaluate(records, evaluators.next);
      const may = evaluators.may.evaluate(records, evaluators.next);
      evaluators.next = this.#model.partition("trades", partition).end;
      this.trades += may.trades;
      this.late += may.late;
      for (const match of must.matches) this.must.add(idOfMatch(match));
      for (const match of may.matches) {
        const id = this.#names.get(match.rule.id) as string;
        this.may.add(idOfMatch({ ...match, rule: { ...match.rule, id } }));
      }
      for (const { offset } of may.rejected) this.unreadable.add(`trades/${partition}/${offset}`);
      this.#unload(evaluators);
    }
  }

  #load({ may, must }: Evaluators): void {
    for (const [id, { versions, calm }] of this.#forms) {
      for (const rule of versions.values()) {
        // Each form of a rule fires on its own; their alerts have the rule's id.
        const form = { ...rule, id: `${id}#${rule.version}` };
        this.#names.set(form.id, id);
        may.put(form);
        if (calm) must.put(rule);
      }
    }
  }

  #unload({ may, must }: Evaluators): void {
    for (const [id, { versions }] of this.#forms) {
      for (const version of versions.keys()) may.remove(`${id}#${version}`);
      must.remove(id);
    }
  }
}
