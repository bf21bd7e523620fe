import { InputError } from "../core/errors.ts";
import { decidingText } from "./arming.ts";
import { decodeRule, encodeRule, isRuleKey } from "./codec.ts";
import { placementKey, type Rule, type RuleList } from "./rule.ts";
import { RuleArena } from "./rule_arena.ts";
import type { FoundRule, RuleTemplates } from "./rule_templates.ts";

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
  /**
   * On a copy of a rule for several symbols in a partition that is not its home: the version that it is a copy of. The
   * highest counts, whatever the order.
   */
  copy: "copy",
  /** On a tombstone: the arming of the rule that is gone, and what decided when it fired ({@link decidingText}). */
  armed: "armed",
  armedAt: "armed-at",
  deciding: "deciding",
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
  | RefusedRule;

/** A record that is no whole rule. */
export interface RefusedRule {
  readonly type: "refused";
  readonly code: string;
  readonly reason: string;
}

/** A record that says again what stands. */
export interface RuleRepair {
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** What places it in the rule's home; a copy stays where it is. */
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
  /** Whether it is a copy of what stands in the rule's home. */
  readonly copy: boolean;
  /** Of a deleted rule, where it is known: made again, it is as armed as it was. */
  readonly arming: Arming | undefined;
}

/** How a rule was armed, and for what. */
export interface Arming {
  readonly armed: number;
  /** Epoch ms. */
  readonly armedAt: number;
  readonly deciding: string;
}

/** A rule that stands in its home, as nearly all do: there may be a million, so nothing is kept that the rule says. */
class Living implements Standing {
  readonly rule: Rule;
  readonly write: string | undefined;

  constructor(rule: Rule, write: string | undefined) {
    this.rule = rule;
    this.write = write;
  }

  get version(): number {
    return this.rule.version;
  }
  get placement(): string {
    return placementKey(this.rule);
  }
  get copy(): boolean {
    return false;
  }
  get arming(): undefined {
    return undefined;
  }
}

interface Claim extends Standing {
  readonly base: number | undefined;
  /** The writes a repair goes over; undefined: it is no repair. */
  readonly over: readonly string[] | undefined;
}

/** How many deleted rules are remembered, so that a late write of one is known to be late. */
const DELETED_REMEMBERED = 100_000;

/** The rules of one partition. */
export class RuleHistory {
  readonly #templates: RuleTemplates | undefined;
  /** Those that were there when this began and have not changed since, as bytes; the others are in {@link #standing}. */
  readonly #arena: RuleArena | undefined;
  readonly #standing = new Map<string, Standing>();
  readonly #deleted = new Set<string>();

  /** @param templates reads rules that are alike; by default each is read by itself. */
  constructor(templates?: RuleTemplates) {
    this.#templates = templates;
    this.#arena = templates && new RuleArena(templates);
  }

  /** How many rules there are. */
  get size(): number {
    return this.#standing.size - this.#deleted.size + (this.#arena?.size ?? 0);
  }

  get(ruleId: string): Rule | undefined {
    return this.#find(ruleId)?.rule ?? undefined;
  }

  #find(ruleId: string): Standing | undefined {
    const standing = this.#standing.get(ruleId);
    if (standing !== undefined || this.#arena === undefined) return standing;
    const at = this.#arena.find(ruleId);
    return at === undefined ? undefined : new Living(this.#arena.ruleAt(at), this.#arena.writeAt(at));
  }

  /** The version a change of this id is made from: the rule's, a deleted rule's while it is remembered, or 0. */
  baseOf(ruleId: string): number {
    return this.#find(ruleId)?.version ?? 0;
  }

  /** The arming that a deleted rule had, while it is remembered. */
  armingOf(ruleId: string): Arming | undefined {
    return this.#find(ruleId)?.arming;
  }

  /** What stands under an id, a deleted rule too; undefined: nothing is known of it. */
  standing(
    ruleId: string,
  ): { readonly rule: Rule | null; readonly version: number; readonly copy: boolean } | undefined {
    return this.#find(ruleId);
  }

  *rules(): IterableIterator<Rule> {
    if (this.#arena !== undefined) yield* this.#arena.rules();
    for (const { rule } of this.#standing.values()) if (rule !== null) yield rule;
  }

  /** All rules, without an object for each. */
  list(): RuleList {
    const arena = this.#arena;
    const places = arena?.places() ?? new Int32Array(0);
    const objects = [...this.#standing.values()].flatMap(({ rule }) => rule ?? []);
    return {
      length: places.length + objects.length,
      at: (index) => index < places.length ? arena!.glance(places[index]!) : objects[index - places.length],
    };
  }

  /**
   * Takes the next record of the partition as {@link apply} does, before anybody follows its changes: a rule that is like
   * others is not made.
   */
  load(record: RuleRecord): RuleChange | undefined {
    return this.#keep(record) ? undefined : this.apply(record);
  }

  /** @returns false: the record is one to be examined. */
  #keep({ key, value, headers }: RuleRecord): boolean {
    if (this.#arena === undefined || value === null || !isRuleKey(key)) return false;
    if (headers[RULE_HEADERS.over] !== undefined || headers[RULE_HEADERS.copy] !== undefined) return false;
    if (this.#standing.size > 0 && this.#standing.has(key)) return false;
    const found = foundIn(this.#templates!, key, value);
    return found !== undefined && this.#arena.add({ key, found, write: headers[RULE_HEADERS.write] });
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
      claim = claimOf(record, () => written ?? this.#decode(record.key, record.value!));
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      return { type: "refused", code: thrown.code, reason: thrown.message };
    }
    const known = this.#find(record.key);
    if (known !== undefined && isSame(claim, known)) return { type: "unchanged", ruleId: record.key };
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
    const standing = this.#find(ruleId);
    if (standing?.placement === undefined) return undefined;
    const value = standing.rule === null ? null : encodeRule(standing.rule);
    const { placement, arming } = standing;
    if (standing.copy) {
      return { value, headers: { [RULE_HEADERS.copy]: String(standing.version) }, placement };
    }
    const headers: Record<string, string> = {
      [RULE_HEADERS.base]: String(standing.version - 1),
      [RULE_HEADERS.over]: over.join(","),
      ...(arming === undefined ? {} : armingHeaders(arming)),
    };
    if (standing.write !== undefined) headers[RULE_HEADERS.write] = standing.write;
    return { value, headers, placement };
  }

  #decode(key: string, bytes: Uint8Array): Rule {
    return this.#templates === undefined ? decodeRule(bytes) : this.#templates.decode(key, bytes);
  }

  #accept(ruleId: string, claim: Claim, known: Standing | undefined): RuleChange {
    const { rule, version, write, copy } = claim;
    const before = known?.rule ?? undefined;
    const kept = this.#arena?.find(ruleId);
    if (kept !== undefined) this.#arena!.drop(kept);
    if (rule !== null) {
      this.#standing.set(ruleId, copy ? claim : new Living(rule, write));
      if (known?.rule === null) this.#deleted.delete(ruleId);
      return { type: "put", rule, before };
    }
    const arming = before === undefined ? claim.arming : armingOf(before);
    this.#standing.set(ruleId, { rule, version, write, placement: known?.placement, copy, arming });
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

/** What the templates find; a record that is no rule is for who refuses it. */
function foundIn(templates: RuleTemplates, key: string, value: Uint8Array): Readonly<FoundRule> | undefined {
  try {
    return templates.find(key, value);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return undefined;
  }
}

/** Whether a record says again what stands. */
function isSame(claim: Claim, known: Standing): boolean {
  if (claim.copy !== known.copy) return false;
  return claim.copy
    ? claim.version === known.version
    : claim.write !== undefined && claim.write === known.write;
}

/** Whether a write counts, given what stands. */
function wins(claim: Claim, known: Standing | undefined): boolean {
  if (known === undefined) return true;
  // A rule's own record is not overruled by a copy: the id was made again with its home here. Where it was deleted here, it
  // may have been made again with its home elsewhere.
  if (claim.copy) return (known.copy || known.rule === null) && claim.version > known.version;
  if (known.copy) return true;
  if (claim.over?.includes(known.write ?? "")) return true;
  // Who makes a rule under an id that was deleted may have forgotten that it was.
  if (claim.base === undefined || (known.rule === null && claim.base === 0 && !claim.over)) {
    return true;
  }
  // More than what is known: this reader began after compaction and has not seen what came between.
  return claim.base >= known.version;
}

function claimOf(record: RuleRecord, decoded: () => Rule): Claim {
  const { headers } = record;
  const base = integer(headers[RULE_HEADERS.base]);
  const write = headers[RULE_HEADERS.write];
  const over = headers[RULE_HEADERS.over]?.split(",");
  const copied = integer(headers[RULE_HEADERS.copy]);
  const copy = copied !== undefined;
  if (record.value === null) {
    const version = copied ?? (base ?? 0) + 1;
    return { rule: null, version, write, placement: undefined, base, over, copy, arming: armingIn(headers) };
  }
  const rule = decoded();
  if (rule.id !== record.key) {
    const reason = "must be the record's key";
    throw new InputError("bad_rule", [{ field: "id", code: "key_mismatch", reason, value: rule.id }]);
  }
  const placement = placementKey(rule);
  return { rule, version: rule.version, write, placement, base, over, copy, arming: undefined };
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** The arming of a rule, to be remembered when it goes. */
export function armingOf(rule: Rule): Arming {
  return { armed: rule.armed, armedAt: rule.armedAt, deciding: decidingText(rule) };
}

/** The headers by which a tombstone remembers an arming. */
export function armingHeaders({ armed, armedAt, deciding }: Arming): Record<string, string> {
  return {
    [RULE_HEADERS.armed]: String(armed),
    [RULE_HEADERS.armedAt]: String(armedAt),
    [RULE_HEADERS.deciding]: deciding,
  };
}

function armingIn(headers: RuleRecord["headers"]): Arming | undefined {
  const armed = integer(headers[RULE_HEADERS.armed]);
  const armedAt = integer(headers[RULE_HEADERS.armedAt]);
  const deciding = headers[RULE_HEADERS.deciding];
  if (armed === undefined || armedAt === undefined || deciding === undefined) return undefined;
  return { armed, armedAt, deciding };
}
