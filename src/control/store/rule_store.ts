import type { Clock } from "../../core/clock.ts";
import { Exclusive } from "../../core/exclusive.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { encodeRule, isRuleKey } from "../../rules/codec.ts";
import { isForMany, placementKey, type Rule } from "../../rules/rule.ts";
import {
  type Arming,
  armingHeaders,
  armingOf,
  RULE_HEADERS,
  type RuleChange,
  RuleHistory,
} from "../../rules/rule_history.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import { ownerOf } from "../people/person_routes.ts";
import { placedOn } from "../../rules/placements.ts";
import { logger } from "../../telemetry/log.ts";
import { IdClaims } from "./id_claims.ts";
import { homeIn, missingCopies } from "./rule_copies.ts";
import type { AuditDraft } from "../audit/entry.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import type { Topics } from "./topics.ts";

const log = logger("control");

/** A change of one rule, made from what the caller saw. */
export type RuleWrite =
  /** A rule that must not be there yet; its version is {@link RuleStore.firstVersion}. */
  | { readonly type: "create"; readonly rule: Rule; readonly chosenId: boolean }
  /** A rule that stands at `rule.version - 1`. */
  | { readonly type: "update"; readonly rule: Rule }
  /** The rule as it stands. */
  | { readonly type: "delete"; readonly rule: Rule };

/** What became of a write: it counts, or another one of the same base came first. */
export type WriteOutcome = "won" | "lost";

/** How long after another instance's losing write this one repairs the record, when that one did not, in ms. */
const REPAIR_DELAY_MS = 2_000;
/** How many losing writes one repair names. */
const MOST_OVER = 50;

/**
 * The rules, in memory, as the rules topic says them; and the only way to change them.
 *
 * Within this process the writes of one rule follow one another. Between processes the order of the log decides, see
 * {@link RuleHistory}.
 */
export class RuleStore implements ProjectionReader<LogRecord> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #claims: IdClaims;
  readonly #tables: RuleHistory[] = [];
  readonly #byTenant = new Map<string, Map<string, Rule>>();
  /** Stored ids of the rules of who serves himself, by tenant and account. */
  readonly #owned = new Map<string, Set<string>>();
  readonly #changes = new Exclusive();
  /** Writes of this process that are on their way, by name. */
  readonly #pending = new Map<string, { readonly rule: Rule; outcome: WriteOutcome | undefined }>();
  readonly #stale = new Map<string, { partition: number; at: number; over: string[] }>();
  /** Rules for several symbols whose home or copies have changed, since when. */
  readonly #spreading = new Map<string, number>();

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    this.#claims = new IdClaims(options);
    this.#topics.read("rules", this);
  }

  /** A rule by the id it is stored under. */
  get(tenant: string, id: string): Rule | undefined {
    return this.#byTenant.get(tenant)?.get(id);
  }

  /** Every rule of a tenant, in no certain order. */
  rules(tenant: string): Iterable<Rule> {
    return this.#byTenant.get(tenant)?.values() ?? [];
  }

  /** The rules of one who serves himself. */
  *ownedBy(tenant: string, account: string): IterableIterator<Rule> {
    for (const id of this.#owned.get(`${tenant}/${account}`) ?? []) {
      const rule = this.get(tenant, id);
      if (rule !== undefined) yield rule;
    }
  }

  /** The tenants that have rules. */
  *tenants(): IterableIterator<string> {
    for (const [tenant, rules] of this.#byTenant) if (rules.size > 0) yield tenant;
  }

  /** Every rule of every tenant. */
  *all(): IterableIterator<Rule> {
    for (const rules of this.#byTenant.values()) yield* rules.values();
  }

  count(tenant: string): number {
    return this.#byTenant.get(tenant)?.size ?? 0;
  }

  get total(): number {
    let total = 0;
    for (const rules of this.#byTenant.values()) total += rules.size;
    return total;
  }

  /** The version a new rule of this id gets: 1, or on from a deleted rule's that is remembered. */
  firstVersion(id: string): number {
    return 1 + Math.max(0, ...this.#tables.map((table) => table.baseOf(id)));
  }

  /** The arming that the deleted rule of this id had, while it is remembered. */
  armingOf(id: string): Arming | undefined {
    // On other partitions there may be older ones of the id, of other symbols.
    const gone = this.#tables.filter((table) => table.standing(id)?.copy === false);
    gone.sort((one, other) => other.baseOf(id) - one.baseOf(id));
    return gone[0]?.armingOf(id);
  }

  /**
   * Runs a task while no other task of this process changes the rules of these ids.
   */
  async exclusive<T>(ids: readonly string[], task: () => Promise<T>): Promise<T> {
    return await this.#changes.run(ids, task);
  }

  /**
   * Writes changes and answers what became of each. The caller has the rules by {@link RuleStore.exclusive} and has
   * examined what stands.
   *
   * @param audit an entry for each change, appended with it.
   */
  async write(writes: readonly RuleWrite[], audit: readonly AuditDraft[]): Promise<WriteOutcome[]> {
    const may = await this.#claim(writes);
    const named = writes.map((write) => ({ write, name: crypto.randomUUID() }));
    const chosen = named.filter((_, index) => may[index]);
    if (chosen.length === 0) return writes.map(() => "lost");
    for (const { write, name } of chosen) this.#pending.set(name, { rule: write.rule, outcome: undefined });
    try {
      const records = chosen.map(({ write, name }) => this.#record(write, name));
      await this.#topics.append(records, audit.filter((_, index) => may[index]));
      // A record that was compacted away before it was read has been overwritten by another writer: it did not count.
      const outcomes = named.map(({ name }) => this.#pending.get(name)?.outcome ?? "lost");
      if (chosen.some(({ name }) => this.#pending.get(name)?.outcome !== "won")) await this.repair(0);
      await this.#spread(
        named.filter(({ write }, at) => outcomes[at] === "won" && isForMany(write.rule)).map(({ write }) =>
          write.rule.id
        ),
      );
      // Only once the rule is gone may its id be another symbol's.
      const gone = named.filter(({ write }, index) => write.type === "delete" && outcomes[index] === "won");
      const freed = this.#claims.release(gone.map(({ write }) => write.rule.id));
      if (freed.length > 0) await this.#topics.append(freed);
      return outcomes;
    } finally {
      for (const { name } of chosen) this.#pending.delete(name);
    }
  }

  /** Records that are no rules are old ones of control's own: passed over. */
  decode(record: LogRecord): LogRecord | undefined {
    return isRuleKey(record.key) ? record : undefined;
  }

  apply(record: LogRecord): void {
    const table = this.#table(record.partition);
    const own = this.#pending.get(record.headers[RULE_HEADERS.write] ?? "");
    const change = table.apply(record, own?.rule);
    if (own !== undefined) own.outcome ??= change.type === "stale" ? "lost" : "won";
    if (change.type === "stale") this.#noteStale(record, change.write);
    else this.#stale.delete(record.key);
    if (concernsMany(record, change)) this.#spreading.set(record.key, this.#clock.monotonic());
    if (change.type === "put") this.#stands(change.rule);
    if (change.type === "removed") this.#stands(change.before!);
    if (change.type === "refused") {
      log.error("a record of the rules topic is no rule: {reason}", {
        key: record.key,
        partition: record.partition,
        offset: record.offset,
        reason: change.reason,
      });
    }
  }

  /** Tombstones for what need not be remembered of ids. */
  surplus(): readonly NewRecord[] {
    return this.#claims.surplus((id) => this.#standing(id) !== undefined);
  }

  /** Writes again what stands wherever a losing write is the newest record of its rule. Called now and then. */
  async repair(delayMs = REPAIR_DELAY_MS): Promise<number> {
    const due = [...this.#stale].filter(([, { at }]) => at + delayMs <= this.#clock.monotonic());
    const records: NewRecord[] = [];
    for (const [key, { partition, over }] of due) {
      const table = this.#table(partition);
      const repaired = table.repair(key, over);
      if (repaired === undefined) continue;
      const placement = table.standing(key)?.copy
        ? placedOn(partition, this.#topics.partitions("rules"))
        : repaired.placement;
      records.push({ topic: "rules", key, timestamp: this.#clock.now(), ...repaired, placement });
    }
    await this.#mend(this.#stale, due.map(([key]) => key), records);
    const behind = [...this.#spreading].filter(([, at]) => at + delayMs <= this.#clock.monotonic());
    return records.length + await this.#spread(behind.map(([id]) => id));
  }

  /** Writes what the copies of rules for several symbols lack. */
  async #spread(ids: readonly string[]): Promise<number> {
    const tables = Array.from(
      { length: this.#topics.partitions("rules") },
      (_, partition) => this.#table(partition),
    );
    const timestamp = this.#clock.now();
    const records = ids.flatMap((id) => missingCopies(id, { tables, timestamp }));
    await this.#mend(this.#spreading, ids, records);
    return records.length;
  }

  /** Writes what mends rules. What is noted of them is forgotten first, for the log may say more of them meanwhile. */
  async #mend<T>(
    noted: Map<string, T>,
    ids: readonly string[],
    records: readonly NewRecord[],
  ): Promise<void> {
    const before = ids.map((id) => [id, noted.get(id)] as const);
    for (const id of ids) noted.delete(id);
    if (records.length === 0) return;
    try {
      await this.#topics.append(records);
    } catch (thrown) {
      // The next repair tries again.
      for (const [id, note] of before) if (note !== undefined && !noted.has(id)) noted.set(id, note);
      throw thrown;
    }
  }

  /** Whether each write may be made: a chosen id must be this symbol's. With one partition its order says so alone. */
  async #claim(writes: readonly RuleWrite[]): Promise<boolean[]> {
    const may = writes.map(() => true);
    if (this.#topics.partitions("rules") < 2) return may;
    const wanted = writes.flatMap((write, index) =>
      write.type === "create" && write.chosenId
        ? [{ index, id: write.rule.id, symbol: placementKey(write.rule) }]
        : []
    );
    const claimed = await this.#claims.claim(wanted);
    wanted.forEach(({ index }, at) => may[index] = claimed[at]!);
    return may;
  }

  /** The rule of an id that stands, over all partitions. */
  #standing(id: string): Rule | undefined {
    return homeIn(this.#tables, id)?.rule ?? undefined;
  }

  #noteStale(record: LogRecord, write: string): void {
    const { key, partition } = record;
    const over = [...this.#stale.get(key)?.over ?? [], write].slice(-MOST_OVER);
    this.#stale.set(key, { partition, at: this.#clock.monotonic(), over });
  }

  /** Notes what stands of a rule's id after a change. */
  #stands(changed: Rule): void {
    const rule = this.#standing(changed.id);
    const { tenant, id } = rule ?? changed;
    if (rule) this.#tenant(tenant).set(id, rule);
    else this.#tenant(tenant).delete(id);
    this.#noteOwner(tenant, id, rule !== undefined);
  }

  #noteOwner(tenant: string, id: string, stands: boolean): void {
    const owner = ownerOf(publicRuleId(tenant, id));
    if (owner === undefined) return;
    const place = `${tenant}/${owner}`;
    const ids = this.#owned.get(place) ?? new Set();
    if (stands) ids.add(id);
    else ids.delete(id);
    if (ids.size > 0) this.#owned.set(place, ids);
    else this.#owned.delete(place);
  }

  #record(write: RuleWrite, name: string): NewRecord {
    const { rule } = write;
    const base = write.type === "delete" ? rule.version : rule.version - 1;
    const headers: Record<string, string> = {
      [RULE_HEADERS.base]: String(base),
      [RULE_HEADERS.write]: name,
      ...(write.type === "delete" ? armingHeaders(armingOf(rule)) : {}),
    };
    return {
      topic: "rules",
      key: rule.id,
      placement: placementKey(rule),
      value: write.type === "delete" ? null : encodeRule(rule),
      timestamp: this.#clock.now(),
      headers,
    };
  }

  #table(partition: number): RuleHistory {
    for (let index = this.#tables.length; index <= partition; index++) {
      this.#tables[index] = new RuleHistory();
    }
    return this.#tables[partition]!;
  }

  #tenant(tenant: string): Map<string, Rule> {
    let rules = this.#byTenant.get(tenant);
    if (rules === undefined) this.#byTenant.set(tenant, rules = new Map());
    return rules;
  }
}

/** Whether a record is of a rule that stands on several partitions. */
function concernsMany(record: LogRecord, change: RuleChange): boolean {
  if (record.headers[RULE_HEADERS.copy] !== undefined) return true;
  if (change.type === "put") {
    return isForMany(change.rule) || (change.before !== undefined && isForMany(change.before));
  }
  return change.type === "removed" && change.before !== undefined && isForMany(change.before);
}
