import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { DEFAULT_TENANT, isTenant } from "../../rules/tenancy.ts";
import { type Identity, type Scope, SCOPES } from "../auth/principal.ts";
import { hashSecret, randomId, randomSecret, secretMatches } from "../auth/secret.ts";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import { z } from "zod";
import { readJson } from "../../books/read_json.ts";
import type { AuditDraft } from "../audit/entry.ts";
import type { Topics } from "./topics.ts";

/** An API key as it is stored: never the secret itself. Times are epoch ms. */
export interface StoredKey {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret part, hex. */
  readonly hash: string;
  readonly createdAt: number;
  /** Who made it. */
  readonly createdBy: string;
  /** Null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** The key it was rotated from. */
  readonly replaces: string | null;
}

/** How exact the last use is that other instances know, ms. */
const USE_MS = 600_000;
const keyUse = z.object({ at: z.number().int().nonnegative() });
const time = z.number().int().nonnegative();
const storedKey: z.ZodType<StoredKey> = z.object({
  id: z.string(),
  tenant: z.string().refine(isTenant),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  replaces: z.string().nullable(),
});

/** What a record says of a key: how it is, or that it is gone; or when it was last used. */
type KeyNews =
  | { readonly id: string; readonly key: StoredKey | null }
  | { readonly id: string; readonly usedAt: number | null };

/** What a new key is to be. */
export interface KeyDraft {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
  readonly createdBy: string;
  readonly replaces?: string;
}

const FORM = /^tbk_([0-9a-z]{12})_([A-Za-z0-9_-]{43})$/;

/** The API keys, as records of the control topic: known to every control instance as soon as they are made or revoked. */
export class KeyStore implements ProjectionReader<KeyNews> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #keys = new Map<string, StoredKey>();
  /** Last uses here, and as they stand in the log; epoch ms. */
  readonly #used = new Map<string, number>();
  readonly #written = new Map<string, number>();

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    this.#topics.read("control", this);
  }

  /** Whether a key of another tenant than the operator's was ever made. */
  get hasOtherTenants(): boolean {
    return this.#keys.values().some(({ tenant }) => tenant !== DEFAULT_TENANT);
  }

  /** The tenants that ever had a key. */
  tenants(): ReadonlySet<string> {
    return new Set(this.#keys.values().map(({ tenant }) => tenant));
  }

  get(id: string): StoredKey | undefined {
    return this.#keys.get(id);
  }

  /** The keys of a tenant, or of all without one, revoked ones too. */
  *keys(tenant: string | undefined): IterableIterator<StoredKey> {
    for (const key of this.#keys.values()) if (tenant === undefined || key.tenant === tenant) yield key;
  }

  /** A new key and its text, which is known now and never again. */
  make(draft: KeyDraft): { readonly key: StoredKey; readonly text: string } {
    const id = randomId(12);
    const secret = randomSecret();
    const key: StoredKey = {
      id,
      tenant: draft.tenant,
      name: draft.name,
      scopes: draft.scopes,
      hash: hashSecret(secret),
      createdAt: this.#clock.now(),
      createdBy: draft.createdBy,
      expiresAt: draft.expiresAt,
      revokedAt: null,
      replaces: draft.replaces ?? null,
    };
    return { key, text: `tbk_${id}_${secret}` };
  }

  /**
   * Writes keys as they now are, with entries of the audit in the same append. Where another instance wrote one meanwhile, it is
   * written once more with both ends: the log keeps the last record of a key, and that one must say all that was said.
   */
  async write(keys: readonly StoredKey[], audit: readonly AuditDraft[]): Promise<void> {
    const timestamp = this.#clock.now();
    const records = keys.map((key): NewRecord => ({
      topic: "control",
      key: ownKey("key", key.id),
      value: JSON.stringify(key),
      timestamp,
    }));
    // Nothing is written where it was only asked what would be.
    if ((await this.#topics.append(records, audit)).length === 0) return;
    const partial = keys.flatMap((key) => {
      const known = this.#keys.get(key.id) ?? key;
      const both = endedSooner(known, key);
      return isEndedAs(both, known) && isEndedAs(both, key) ? [] : [both];
    });
    if (partial.length > 0) await this.write(partial, []);
  }

  /** Who a key belongs to; undefined when it is unknown, revoked or expired. */
  identify(text: string): Identity | undefined {
    const match = FORM.exec(text);
    if (match === null) return undefined;
    const key = this.#keys.get(match[1]!);
    // The secret is compared also when there is no such key, so that the time gives nothing away.
    const matches = secretMatches(match[2]!, key?.hash ?? NO_HASH);
    const now = this.#clock.now();
    if (key === undefined || !matches || !isLive(key, now)) return undefined;
    this.#used.set(key.id, now);
    const operator = key.tenant === DEFAULT_TENANT && key.scopes.includes("admin");
    const { id, tenant, scopes, expiresAt } = key;
    return { tenant, scopes, subject: `key:${id}`, operator, expiresAt, isLive: () => this.isLive(id) };
  }

  /** When a key was last used, epoch ms, by whatever instance; to ten minutes where it was another one. */
  lastUsed(id: string): number | undefined {
    const at = Math.max(this.#used.get(id) ?? 0, this.#written.get(id) ?? 0);
    return at === 0 ? undefined : at;
  }

  /** Records of the uses that are not written yet: of each key one in ten minutes. */
  uses(): readonly NewRecord[] {
    const timestamp = this.#clock.now();
    const news = [...this.#used].filter(([id, at]) => at >= (this.#written.get(id) ?? 0) + USE_MS);
    return news.map(([id, at]) => ({
      topic: "control",
      key: ownKey("keyUse", id),
      value: JSON.stringify({ at }),
      timestamp,
    }));
  }

  /** Whether the key of an id is taken now. */
  isLive(id: string): boolean {
    const key = this.#keys.get(id);
    return key !== undefined && isLive(key, this.#clock.now());
  }

  /** @throws {Error} for what is no key. */
  decode({ key: recordKey, value }: LogRecord): KeyNews | undefined {
    const used = ownId("keyUse", recordKey);
    if (used !== undefined) return { id: used, usedAt: value && readJson(value, keyUse).at };
    const id = ownId("key", recordKey);
    if (id === undefined) return undefined;
    const key = value && readJson(value, storedKey);
    if (key !== null && key.id !== id) throw new Error(`is the record of ${key.id}, not of ${id}`);
    return { id, key };
  }

  apply(news: KeyNews): void {
    const { id } = news;
    if ("usedAt" in news) {
      if (news.usedAt === null) this.#written.delete(id);
      else this.#written.set(id, Math.max(news.usedAt, this.#written.get(id) ?? 0));
      return;
    }
    const { key } = news;
    if (key === null) this.#keys.delete(id);
    else this.#keys.set(id, endedSooner(key, this.#keys.get(id)));
  }
}

const NO_HASH = "0".repeat(64);

/** A key as it is, with what was said before of its end: a key that has ended does not come back, whoever writes last. */
function endedSooner(key: StoredKey, before: StoredKey = key): StoredKey {
  const sooner = (one: number | null, other: number | null) =>
    one === null || other === null ? one ?? other : Math.min(one, other);
  return {
    ...key,
    expiresAt: sooner(key.expiresAt, before.expiresAt),
    revokedAt: sooner(key.revokedAt, before.revokedAt),
  };
}

function isEndedAs(one: StoredKey, other: StoredKey): boolean {
  return one.expiresAt === other.expiresAt && one.revokedAt === other.revokedAt;
}

/** Whether a key is taken at a time. */
export function isLive(key: StoredKey, now: number): boolean {
  return key.revokedAt === null && (key.expiresAt === null || now < key.expiresAt);
}
