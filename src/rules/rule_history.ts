import { InputError } from "../core/errors.ts";
import { decodeRule, encodeRule, isRuleKey } from "./codec.ts";
import { placementKey, type Rule } from "./rule.ts";

/**
 * What the records of the rules topic add up to, decided by their order alone, so that every reader (the stream, each
 * control instance) comes to the same rules.
 *
 * Several control instances may write at once, and the log has no compare-and-set. So each write says which version it
 * was made from (`base`), and **the first write of a base wins; later ones of the same base are passed over** by every
 * reader. The writer reads its own record back and learns which it was; the loser's caller hears 412.
 *
 * Compaction keeps the newest record of a key, which may be one that lost. The control role therefore writes the standing
 * state again after such a record: a `repair`, which names the writes it goes `over`. A reader that begins later, and
 * took the lost write for the truth, is put right by it; to the others it changes nothing.
 *
 * @module
 */

/** The headers of a rule's record. All absent: a record from elsewhere, which is taken as it comes. */
export const RULE_HEADERS = {
  /** The version that was changed; "0": no such rule was known. */
  base: "base",
  /** Names the write: the same on a repair of it. */
  write: "write",
  /** On a repair: the names of the writes that lost, with commas between. */
  over: "over",
} as const;

/** A record as it is read from the rules topic. */
export interface RuleRecord {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a record did to a table. */
export type RuleChange =
  | { readonly type: "put"; readonly rule: Rule; readonly before: Rule | undefined }
  | { readonly type: "removed"; readonly ruleId: string; readonly before: Rule | undefined }
  /** A copy of what stands, or a tombstone of what is not there. */
  | { readonly type: "unchanged"; readonly ruleId: string }
  /** Another write of the same base came first: passed over. The standing state should be written again. */
  | { readonly type: "stale"; readonly ruleId: string; readonly write: string }
  /** Not a rule's record: the control role's own. */
  | { readonly type: "reserved" }
  /** No whole rule. */
  | { readonly type: "refused"; readonly code: string; readonly reason: string };

/** A record that says again what stands. */
export interface RuleRepair {
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly placement: string;
}

/** What is known of a key. */
interface Standing {
  /** Null: deleted. */
  readonly rule: Rule | null;
  /** Of a deleted rule: one more than its last. */
  readonly version: number;
  readonly write: string | undefined;
  /** Decides the partition; undefined for a deleted rule that was never seen alive. */
  readonly placement: string | undefined;
}

interface Claim extends Standing {
  readonly base: number | undefined;
  /** The writes a repair goes over; undefined: it is no repair. */
  readonly over: readonly string[] | undefined;
}

/** How many deleted rules are remembered, so that a late write of one is known to be late. */
const DELETED_REMEMBERED = 100_000;

/** The rules of one partition. */
export class RuleTable {
  readonly #standing = new Map<string, Standing>();
  readonly #deleted = new Set<string>();

  /** How many rules there are. */
  get size(): number {
    return this.#standing.size - this.#deleted.size;
  }

  get(ruleId: string): Rule | undefined {
    return this.#standing.get(ruleId)?.rule ?? undefined;
  }

  /** The version a change of this id is made from: the rule's, a deleted rule's while it is remembered, or 0. */
  baseOf(ruleId: string): number {
    return this.#standing.get(ruleId)?.version ?? 0;
  }

  *rules(): IterableIterator<Rule> {
    for (const { rule } of this.#standing.values()) if (rule !== null) yield rule;
  }

  /**
   * Takes the next record of the partition.
   *
   * @param written the rule the record was made from, where the caller wrote it itself: it is not decoded then.
   */
  apply(record: RuleRecord, written?: Rule): RuleChange {
    if (!isRuleKey(record.key)) return { type: "reserved" };
    let claim: Claim;
    try {
      claim = claimOf(record, written);
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      return { type: "refused", code: thrown.code, reason: thrown.message };
    }
    const known = this.#standing.get(record.key);
    if (known !== undefined && claim.write !== undefined && claim.write === known.write) {
      return { type: "unchanged", ruleId: record.key };
    }
    if (!wins(claim, known)) return { type: "stale", ruleId: record.key, write: claim.write ?? "" };
    return this.#accept(record.key, claim, known);
  }

  /**
   * What is to be written after records that lost, so that the newest record of the rule is the one that stands.
   *
   * @param over the writes that lost.
   * @returns undefined when nothing is known of the rule.
   */
  repair(ruleId: string, over: readonly string[]): RuleRepair | undefined {
    const standing = this.#standing.get(ruleId);
    if (standing?.placement === undefined) return undefined;
    const headers: Record<string, string> = {
      [RULE_HEADERS.base]: String(standing.version - 1),
      [RULE_HEADERS.over]: over.join(","),
    };
    if (standing.write !== undefined) headers[RULE_HEADERS.write] = standing.write;
    const value = standing.rule === null ? null : encodeRule(standing.rule);
    return { value, headers, placement: standing.placement };
  }

  #accept(ruleId: string, claim: Claim, known: Standing | undefined): RuleChange {
    const { rule, version, write } = claim;
    const before = known?.rule ?? undefined;
    const placement = rule === null ? known?.placement : placementKey(rule);
    this.#standing.set(ruleId, { rule, version, write, placement });
    if (rule !== null) {
      this.#deleted.delete(ruleId);
      return { type: "put", rule, before };
    }
    this.#deleted.add(ruleId);
    if (this.#deleted.size > DELETED_REMEMBERED) this.#forgetOldest();
    return before === undefined ? { type: "unchanged", ruleId } : { type: "removed", ruleId, before };
  }

  #forgetOldest(): void {
    const [oldest] = this.#deleted;
    this.#deleted.delete(oldest!);
    this.#standing.delete(oldest!);
  }
}

/** Whether a write counts, given what stands. */
function wins(claim: Claim, known: Standing | undefined): boolean {
  if (known === undefined) return true;
  if (claim.over?.includes(known.write ?? "")) return true;
  // Who makes a rule under an id that was deleted may have forgotten that it was.
  if (claim.base === undefined || (known.rule === null && claim.base === 0 && !claim.over)) {
    return true;
  }
  // More than what is known: this reader began after compaction and has not seen what came between.
  return claim.base >= known.version;
}

function claimOf(record: RuleRecord, written: Rule | undefined): Claim {
  const { headers } = record;
  const base = integer(headers[RULE_HEADERS.base]);
  const write = headers[RULE_HEADERS.write];
  const over = headers[RULE_HEADERS.over]?.split(",");
  if (record.value === null) {
    return { rule: null, version: (base ?? 0) + 1, write, placement: undefined, base, over };
  }
  const rule = written ?? decodeRule(record.value);
  if (rule.id !== record.key) {
    const reason = "must be the record's key";
    throw new InputError("bad_rule", [{ field: "id", code: "key_mismatch", reason, value: rule.id }]);
  }
  return { rule, version: rule.version, write, placement: placementKey(rule), base, over };
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
