import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import { logger } from "../../telemetry/log.ts";
import type { Actor } from "../auth/principal.ts";
import { randomId } from "../auth/secret.ts";
import type { RuleWrite } from "./rule_store.ts";
import type { RulesTopic, RulesTopicReader } from "./rules_topic.ts";

const log = logger("audit");

/** Keys of audit records on the rules topic. */
export const AUDIT_KEY = "~audit/";
/** How many entries are kept; the oldest are deleted from the topic. */
const KEPT = 50_000;
const utf8 = new TextDecoder();

/** One change: who did what to what, when, and what it was before and after. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly tenant: string;
  /** `key:ID`, `oidc:SUBJECT`, `root`. */
  readonly who: string;
  readonly requestId: string;
  /** `rule.created`, `rule.updated`, `rule.deleted`, `key.created`, … */
  readonly action: string;
  /** The id of what was changed. */
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The audit log. An entry is a record on the rules topic, appended together with the change it tells of; it is also
 * written to the process's log, where it is kept as long as logs are.
 */
export class AuditLog implements RulesTopicReader {
  readonly #clock: Clock;
  /** The entries as JSON, parsed when they are asked for. */
  readonly #entries = new Map<string, string>();
  #ordered = false;
  #last = 0;
  #count = 0;

  constructor(options: { topic: RulesTopic; clock: Clock }) {
    this.#clock = options.clock;
    options.topic.follow(this);
  }

  /** The entry of a rule's change, to be appended with it. */
  ofRule(write: RuleWrite, actor: Actor, before?: Rule): NewRecord {
    const { rule } = write;
    const was = write.type === "delete" ? rule : before;
    return this.record({
      action: `rule.${write.type}d`,
      target: publicRuleId(rule.tenant, rule.id),
      before: was ?? null,
      after: write.type === "delete" ? null : rule,
    }, actor);
  }

  /** An entry, to be appended with the change it tells of. */
  record(
    change: Pick<AuditEntry, "action" | "target" | "before" | "after">,
    { who, requestId }: Actor,
  ): NewRecord {
    const at = this.#clock.now();
    // Entries of one millisecond sort as they were made.
    this.#count = at > this.#last ? 0 : this.#count + 1;
    this.#last = Math.max(at, this.#last);
    const sequence = String(this.#count).padStart(6, "0");
    const id = `${String(this.#last).padStart(14, "0")}-${sequence}-${randomId(6)}`;
    const entry: AuditEntry = { id, at, tenant: who.tenant, who: who.subject, requestId, ...change };
    log.info("{who} {action} {target}", { ...entry });
    return { topic: "rules", key: AUDIT_KEY + id, value: JSON.stringify(entry), timestamp: at };
  }

  /** The entries of a tenant, in no certain order; of all tenants without one. */
  *entries(tenant: string | undefined): IterableIterator<AuditEntry> {
    for (const text of this.#entries.values()) {
      const entry = JSON.parse(text) as AuditEntry;
      if (tenant === undefined || entry.tenant === tenant) yield entry;
    }
  }

  apply(record: LogRecord): void {
    if (!record.key.startsWith(AUDIT_KEY)) return;
    if (record.value === null) this.#entries.delete(record.key);
    else this.#entries.set(record.key, utf8.decode(record.value));
  }

  /** Tombstones for the oldest entries over the limit. */
  surplus(): readonly NewRecord[] {
    const over = this.#entries.size - KEPT;
    if (over <= 0) return [];
    // Partitions were read one beside the other: brought in order once, entries come in order from then on.
    if (!this.#ordered) {
      const sorted = [...this.#entries].sort(([a], [b]) => a < b ? -1 : 1);
      this.#entries.clear();
      for (const [key, text] of sorted) this.#entries.set(key, text);
      this.#ordered = true;
    }
    const tombstones: NewRecord[] = [];
    for (const key of this.#entries.keys()) {
      if (tombstones.length >= Math.min(over, 5_000)) break;
      tombstones.push({ topic: "rules", key, value: null, timestamp: this.#clock.now() });
    }
    return tombstones;
  }
}
