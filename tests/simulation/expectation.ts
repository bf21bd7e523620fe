import type { EventLog } from "../../src/ports/event_log.ts";
import { Oracle, type TradeRecord } from "../../src/rules/evaluate.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { idOfMatch } from "../../src/alerts/alert.ts";

export const WINDOW_MS = 10_000;

/**
 * What the alerts must be and may be, worked out by the oracle from the trades topic itself.
 *
 * Between two calls of {@link Expectation.catchUp} the trades that were appended are evaluated with the rules that were
 * in force. A rule that was changed while trades flowed may have seen each of them in its old or its new form: what any
 * form fires it may fire, and nothing is a must until the next calm.
 */
export class Expectation {
  readonly may = new Set<string>();
  readonly must = new Set<string>();
  /** Where the records stand that are no trade, as the dead letters' origin. */
  readonly unreadable = new Set<string>();
  trades = 0;
  late = 0;
  #log: EventLog;
  readonly #partitions: { readonly may: Oracle; readonly must: Oracle; next: number }[];
  readonly #names = new Map<string, string>();

  constructor(log: EventLog, partitions: number) {
    this.#log = log;
    const oracle = () => new Oracle({ windowMs: WINDOW_MS, graceMs: WINDOW_MS });
    this.#partitions = Array.from({ length: partitions }, () => ({ may: oracle(), must: oracle(), next: 0 }));
  }

  /** The log's file has been opened anew. */
  reopened(log: EventLog): void {
    this.#log = log;
  }

  /**
   * Evaluates what was appended since the last time.
   *
   * @param forms The forms each rule may have had meanwhile; `calm` when it had this one form all the time.
   */
  async catchUp(
    forms: readonly { readonly versions: readonly Rule[]; readonly calm: boolean }[],
  ): Promise<void> {
    for (const [partition, oracles] of this.#partitions.entries()) {
      for (const { versions, calm } of forms) this.#load(oracles, versions, calm);
      const { end } = await this.#log.bounds("trades", partition);
      const records: TradeRecord[] = [];
      const range = { topic: "trades", partition, from: oracles.next, to: end } as const;
      for await (const batch of this.#log.read(range)) records.push(...batch.records);
      const must = oracles.must.evaluate(records, oracles.next);
      const may = oracles.may.evaluate(records, oracles.next);
      oracles.next = end;
      this.trades += may.trades;
      this.late += may.late;
      for (const match of must.matches) this.must.add(idOfMatch(match));
      for (const match of may.matches) {
        const { rule } = match;
        this.may.add(idOfMatch({ ...match, rule: { ...rule, id: this.#names.get(rule.id) ?? rule.id } }));
      }
      for (const { offset } of may.rejected) this.unreadable.add(`trades/${partition}/${offset}`);
      for (const { versions } of forms) this.#unload(oracles, versions);
    }
  }

  #load({ may, must }: { may: Oracle; must: Oracle }, versions: readonly Rule[], calm: boolean): void {
    for (const rule of versions) {
      // Each form of a rule fires on its own; their alerts have the rule's id.
      const form = { ...rule, id: `${rule.id}#${rule.version}` };
      this.#names.set(form.id, rule.id);
      may.put(form);
      if (calm) must.put(rule);
    }
  }

  #unload({ may, must }: { may: Oracle; must: Oracle }, versions: readonly Rule[]): void {
    for (const rule of versions) {
      may.remove(`${rule.id}#${rule.version}`);
      must.remove(rule.id);
    }
  }
}
