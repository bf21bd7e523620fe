import { partitionsOf } from "../../rules/placements.ts";
import type { Rule } from "../../rules/rule.ts";
import { logger } from "../../telemetry/log.ts";

/** So many are said by name in the log; the others are counted. */
const MAX_LOGGED = 20;

const log = logger("stream");

/**
 * Rules that stand on a partition where no trade of theirs can come: they were placed when the topics had another number
 * of partitions, or by another program. They look in force and never fire.
 */
export class MisplacedRules {
  #partition: number;
  #partitions: number;
  #ids = new Set<string>();

  constructor(place: { readonly partition: number; readonly partitions: number }) {
    this.#partition = place.partition;
    this.#partitions = place.partitions;
  }

  get size(): number {
    return this.#ids.size;
  }

  put(rule: Rule): void {
    if (partitionsOf(rule, this.#partitions).includes(this.#partition)) return void this.#ids.delete(rule.id);
    if (this.#ids.has(rule.id)) return;
    this.#ids.add(rule.id);
    if (this.#ids.size > MAX_LOGGED) return;
    log.error("rule {ruleId} stands on partition {partition}, where no trade of its symbol comes", {
      ruleId: rule.id,
      symbol: rule.symbol,
      partition: this.#partition,
    });
  }

  remove(ruleId: string): void {
    this.#ids.delete(ruleId);
  }
}
