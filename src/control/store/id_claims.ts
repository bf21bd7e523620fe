import type { Clock } from "../../core/clock.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import { z } from "zod";
import { readJson } from "../../books/read_json.ts";
import type { Topics } from "./topics.ts";

/** A claim that no rule followed is free again after this long, in ms: its maker has died in between. */
const ABANDONED_MS = 60_000;

interface Claim {
  readonly symbol: Symbol;
  readonly version: number;
  readonly at: number;
}

const claimed = z.object({ symbol: z.string() });

/** What a record says of a claim: the symbol, or that it is free again. */
interface ClaimNews {
  readonly id: string;
  readonly symbol: Symbol | null;
}

/**
 * Which symbol an id belongs to. A rule stands in its symbol's partition, and between partitions there is no order: two
 * instances that make the same id for two symbols at once would both be first. A claim is a record under the id itself,
 * all of them in one partition, where the first of a base wins. Only ids that callers choose need one.
 */
export class IdClaims implements ProjectionReader<ClaimNews> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #claims = new Map<string, Claim>();

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    this.#topics.read("control", this);
  }

  /**
   * Claims ids that no rule has now, and answers for each whether it may be made for its symbol.
   */
  async claim(wanted: readonly { readonly id: string; readonly symbol: Symbol }[]): Promise<boolean[]> {
    const now = this.#clock.now();
    const records = wanted.flatMap(({ id, symbol }): NewRecord[] => {
      const known = this.#claims.get(id);
      if (!this.#isFree(known, symbol, now)) return [];
      const headers = { base: String(known?.version ?? 0) };
      return [{
        topic: "control",
        key: ownKey("claim", id),
        value: JSON.stringify({ symbol }),
        timestamp: now,
        headers,
      }];
    });
    if (records.length > 0) await this.#topics.append(records);
    return wanted.map(({ id, symbol }) => this.#claims.get(id)?.symbol === symbol);
  }

  /** @throws {Error} for what is no claim. */
  decode({ key, value }: LogRecord): ClaimNews | undefined {
    const id = ownId("claim", key);
    return id === undefined ? undefined : { id, symbol: value && readJson(value, claimed).symbol };
  }

  apply({ id, symbol }: ClaimNews, { headers, timestamp: at }: LogRecord): void {
    if (symbol === null) {
      this.#claims.delete(id);
      return;
    }
    const known = this.#claims.get(id);
    const base = Number(headers.base ?? 0);
    if (known !== undefined && base !== known.version) return;
    this.#claims.set(id, { symbol, version: base + 1, at });
  }

  /** Tombstones for claims whose rule is gone. */
  surplus(stands: (id: string) => boolean): readonly NewRecord[] {
    const now = this.#clock.now();
    const tombstones: NewRecord[] = [];
    for (const [id, { at }] of this.#claims) {
      if (at + ABANDONED_MS > now || stands(id)) continue;
      tombstones.push({ topic: "control", key: ownKey("claim", id), value: null, timestamp: now });
      if (tombstones.length >= 1_000) break;
    }
    return tombstones;
  }

  /** Tombstones for the claims of ids whose rules have been deleted. */
  release(ids: readonly string[]): readonly NewRecord[] {
    const timestamp = this.#clock.now();
    return ids.filter((id) => this.#claims.has(id)).map((id) => (
      { topic: "control", key: ownKey("claim", id), value: null, timestamp }
    ));
  }

  /** Whether a claim must and may be written: there is none, or one for another symbol that nobody followed up. */
  #isFree(known: Claim | undefined, symbol: Symbol, now: number): boolean {
    return known === undefined || (known.symbol !== symbol && known.at + ABANDONED_MS <= now);
  }
}
