import type { NewRecord } from "../../ports/event_log.ts";
import { encodeRule } from "../../rules/codec.ts";
import { copiesOf, placedOn } from "../../rules/placements.ts";
import type { Rule } from "../../rules/rule.ts";
import { RULE_HEADERS, type RuleHistory } from "../../rules/rule_history.ts";

/** What a rule's home says: the rule, or that it is deleted. */
interface Home {
  readonly rule: Rule | null;
  readonly version: number;
}

/**
 * The records that bring every copy of a rule to what its home says; none when all of them do. A copy without a home is
 * what a crash or compaction left of a rule that is gone: it is deleted.
 *
 * @param tables what stands on each partition.
 */
export function missingCopies(
  id: string,
  { tables, timestamp }: { readonly tables: readonly RuleHistory[]; readonly timestamp: number },
): NewRecord[] {
  const home = homeIn(tables, id);
  const wanted = new Set(home?.rule ? copiesOf(home.rule, tables.length) : []);
  return tables.flatMap((table, partition): NewRecord[] => {
    const there = table.standing(id);
    // An own record that is there. What was deleted here may have been made again with its home elsewhere.
    const isOver = there?.rule === null && there.version < (home?.version ?? 0);
    if (there !== undefined && !there.copy && !isOver) return [];
    const record = {
      topic: "rules",
      key: id,
      placement: placedOn(partition, tables.length),
      timestamp,
    } as const;
    const headers = (version: number) => ({ [RULE_HEADERS.copy]: String(version) });
    if (home?.rule && wanted.has(partition)) {
      if (there?.rule && there.version === home.version) return [];
      return [{ ...record, value: encodeRule(home.rule), headers: headers(home.version) }];
    }
    if (!there?.rule) return [];
    return [{ ...record, value: null, headers: headers(Math.max(home?.version ?? 0, there.version + 1)) }];
  });
}

/** What the own record of a rule says: one that is there, or else the newest deletion; undefined: none is known. */
export function homeIn(tables: readonly RuleHistory[], id: string): Home | undefined {
  let home: Home | undefined;
  for (const table of tables) {
    const there = table.standing(id);
    if (there === undefined || there.copy) continue;
    if (home === undefined || isRather(there, home)) home = there;
  }
  return home;
}

/** Of two rules under one id the older one counts; any rule before a deletion. */
function isRather(one: Home, other: Home): boolean {
  if (one.rule !== null && other.rule !== null) return one.rule.createdAt < other.rule.createdAt;
  return one.rule !== null || (other.rule === null && one.version > other.version);
}
