import type { ProjectionReader } from "../../books/projection.ts";
import { recordsOf } from "../../books/records_of.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import type { Topics } from "../store/topics.ts";
import { type AuditEntry, ChainCheck, decodeEntry } from "./entry.ts";
import type { TurnTaker } from "../turns.ts";
import type { People } from "./people.ts";

/** How many of the newest entries, of all tenants, are known by tenant from the start; older ones are searched for. */
export const INDEXED_ENTRIES = 100_000;
/** Entries that are read at once. */
const CHUNK = 128;
/** Two offsets that are no farther apart are read in one go. */
const NEAR = 64;
/** How many offsets are examined for one page. */
const SCAN_LIMIT = 20_000;
/** How many entries of a tenant one check takes, the newest. */
const CHECKED = 100_000;

/** Which entries are wanted. */
export interface AuditFilter {
  /** Of all tenants without one. */
  readonly tenant: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly who?: string | undefined;
  /** Only those before this place: the `next` of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * The audit as the log has it: entries are read when they are asked for, in memory there is only where each tenant's
 * are. One tenant's changes push out nobody's; the topic keeps all of them for a time that is configured.
 */
export class AuditLog implements ProjectionReader<string> {
  readonly #log: EventLog;
  readonly #people: People;
  readonly #offsets = new Map<string, number[]>();
  #first: number | undefined;
  #end = 0;

  constructor(options: { topics: Topics; people: People }) {
    this.#log = options.topics.log;
    this.#people = options.people;
    options.topics.read("audit", this);
  }

  /** A record's key is its tenant. */
  decode({ key }: LogRecord): string {
    return key;
  }

  apply(tenant: string, { offset }: LogRecord): void {
    this.#first ??= offset;
    this.#end = offset + 1;
    const offsets = this.#offsets.get(tenant);
    if (offsets) offsets.push(offset);
    else this.#offsets.set(tenant, [offset]);
  }

  /**
   * A page of entries, the newest first, and the `before` of the next page, which may be empty; null when there is none.
   *
   * @param turns of the request.
   * @throws {OutsideError} when the log cannot be read.
   */
  async page(
    filter: AuditFilter,
    turns: TurnTaker,
  ): Promise<{ readonly data: readonly AuditEntry[]; readonly next: number | null }> {
    const { limit, before = Infinity } = filter;
    const data: AuditEntry[] = [];
    let scanned = 0;
    let at = before;
    for await (const chunk of this.#backwards(filter.tenant, before)) {
      await turns.take();
      for (const { key, value, offset } of chunk.reverse()) {
        at = offset;
        scanned++;
        const entry = value && (filter.tenant === undefined || key === filter.tenant)
          ? this.#shown(value)
          : undefined;
        if (entry === undefined || !matches(entry, filter)) continue;
        data.push(entry);
        if (data.length === limit) return { data, next: at };
      }
      if (scanned >= SCAN_LIMIT) return { data, next: at };
    }
    return { data, next: null };
  }

  /**
   * Checks the chains of a tenant's newest entries, or of everybody's.
   *
   * @param turns of the request.
   * @throws {OutsideError} when the log cannot be read.
   */
  async check(tenant: string | undefined, turns: TurnTaker): Promise<ChainCheck> {
    const check = new ChainCheck();
    const chunks: LogRecord[][] = [];
    let count = 0;
    for await (const chunk of this.#backwards(tenant, Infinity)) {
      await turns.take();
      chunks.push(chunk.filter(({ key }) => tenant === undefined || key === tenant));
      count += chunk.length;
      if (count >= CHECKED) break;
    }
    for (const chunk of chunks.reverse()) {
      await turns.take();
      for (const { value, offset } of chunk) {
        try {
          if (value !== null) check.take(value);
        } catch {
          check.faults.push({ chain: "", sequence: offset, reason: "is no entry of the audit" });
        }
      }
    }
    return check;
  }

  /** The records at and before a place, in chunks from the newest to the oldest; each chunk has its oldest first. */
  async *#backwards(tenant: string | undefined, before: number): AsyncIterable<LogRecord[]> {
    const first = this.#first ?? 0;
    if (tenant !== undefined) {
      const offsets = this.#offsets.get(tenant) ?? [];
      let to = lowerBound(offsets, before);
      while (to > 0) {
        const from = Math.max(0, to - CHUNK);
        yield await this.#at(offsets.slice(from, to));
        to = from;
      }
    }
    let to = Math.min(before, tenant === undefined ? this.#end : first);
    const { start } = await this.#log.bounds("audit", 0);
    while (to > start) {
      const from = Math.max(start, to - CHUNK);
      yield await this.#range(from, to);
      to = from;
    }
  }

  async #at(offsets: readonly number[]): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    for (let index = 0; index < offsets.length;) {
      let last = index;
      while (last + 1 < offsets.length && offsets[last + 1]! - offsets[last]! <= NEAR) last++;
      const wanted = new Set(offsets.slice(index, last + 1));
      const records = await this.#range(offsets[index]!, offsets[last]! + 1);
      for (const record of records) if (wanted.has(record.offset)) found.push(record);
      index = last + 1;
    }
    return found;
  }

  async #range(from: number, to: number): Promise<LogRecord[]> {
    return await Array.fromAsync(recordsOf(this.#log, { topic: "audit", partition: 0, from, to }));
  }

  #shown(value: Uint8Array): AuditEntry | undefined {
    try {
      return this.#people.reveal(decodeEntry(value));
    } catch {
      // Not an entry: the chain's check reports it.
      return undefined;
    }
  }
}

function matches(entry: AuditEntry, { action, target, who }: AuditFilter): boolean {
  return (action === undefined || entry.action === action) &&
    (target === undefined || entry.target === target) && (who === undefined || entry.who === who);
}

/** The first index of a sorted list whose item is not below `wanted`. */
function lowerBound(sorted: readonly number[], wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
