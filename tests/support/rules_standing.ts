import type { EventLog } from "../../src/ports/event_log.ts";
import { partitionsOf } from "../../src/rules/placements.ts";
import { RuleHistory } from "../../src/rules/rule_history.ts";
import type { Json } from "./control.ts";

/** What a reader of each partition comes to: the version of the rule of an id, null where it has none. */
export async function standing(log: EventLog, id: string): Promise<(number | null)[]> {
  const versions: (number | null)[] = [];
  const partitions = await log.partitions("rules");
  for (let partition = 0; partition < partitions; partition++) {
    const table = new RuleHistory();
    const { start, end } = await log.bounds("rules", partition);
    for await (const batch of log.read({ topic: "rules", partition, from: start, to: end })) {
      for (const record of batch.records) table.apply(record);
    }
    versions.push(table.get(id)?.version ?? null);
  }
  return versions;
}

/** What they should come to: the rule's version on its partitions, nothing elsewhere; undefined: there is no such rule. */
export function wantedStanding(rule: Json | undefined, partitions: number): (number | null)[] {
  const on = rule === undefined ? [] : partitionsOf(rule, partitions);
  return Array.from({ length: partitions }, (_, partition) => on.includes(partition) ? rule.version : null);
}
