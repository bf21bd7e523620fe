import { z } from "zod";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { isTenant } from "../../rules/tenancy.ts";
import { readJson } from "../../books/read_json.ts";
import type { Topics } from "../store/topics.ts";
import { type Identity, type Person, SCOPES } from "./principal.ts";
import { hashSecret, randomSecret } from "./secret.ts";

/** How long a session lasts, in ms: a working day. */
export const SESSION_MS = 12 * 3_600_000;
/** How long a session of who serves himself lasts, in ms: a phone is not asked for a mail every day. */
const PERSON_SESSION_MS = 30 * 86_400_000;
/** Sessions that are open at once, of all tenants; the oldest end first. */
const MOST_SESSIONS = 10_000;

const storedSession = z.object({
  tenant: z.string().refine(isTenant),
  scopes: z.array(z.enum(SCOPES)),
  subject: z.string().min(1),
  /** The key it was opened with: `key:ID`, `root:MARK`, `oidc:SUBJECT`; of a person `self:ACCOUNT`. */
  opener: z.string().min(1),
  /** The address of who serves himself; absent: a key's or token's session. */
  person: z.string().optional(),
  operator: z.boolean(),
  createdAt: z.number().int(),
  expiresAt: z.number().int(),
});
type StoredSession = z.output<typeof storedSession>;

/** What a record says of a session: how it is, or that it ended. */
interface SessionNews {
  readonly hash: string;
  readonly session: StoredSession | null;
}

/**
 * The console's sessions: made of chance, known by their hash alone, short, ended by whoever signs out, and at once with
 * the key they were opened with. They are records of the control topic, so every instance knows them.
 */
export class SessionStore implements ProjectionReader<SessionNews> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #rootMark: string;
  readonly #stands: (opener: string) => boolean;
  readonly #personOf: (tenant: string, address: string) => Person | undefined;
  readonly #sessions = new Map<string, StoredSession>();

  /**
   * @param options.rootMark what distinguishes the root key from one that took its place.
   * @param options.isLive whether the API key of an id is neither revoked nor expired.
   * @param options.personOf who serves himself under an address; undefined when nobody does any more.
   */
  constructor(
    options: {
      topics: Topics;
      clock: Clock;
      rootMark: string;
      isLive: (keyId: string) => boolean;
      personOf: (tenant: string, address: string) => Person | undefined;
    },
  ) {
    this.#personOf = options.personOf;
    this.#topics = options.topics;
    this.#clock = options.clock;
    this.#rootMark = `root:${options.rootMark}`;
    this.#stands = (opener) =>
      opener.startsWith("key:")
        ? options.isLive(opener.slice("key:".length))
        : opener === this.#rootMark || opener.startsWith("oidc:");
    options.topics.read("control", this);
  }

  /**
   * Opens a session.
   *
   * @returns the text that is its cookie, and how long it lasts, in ms.
   * @throws {OutsideError} when it cannot be stored.
   */
  async open(who: Identity): Promise<{ readonly text: string; readonly lastsMs: number }> {
    const text = randomSecret();
    const createdAt = this.#clock.now();
    const { tenant, scopes, subject, operator, person } = who;
    const longest = person === undefined ? SESSION_MS : PERSON_SESSION_MS;
    const expiresAt = Math.min(createdAt + longest, who.expiresAt ?? Infinity);
    const opener = person !== undefined ? `self:${person.id}` : subject === "root" ? this.#rootMark : subject;
    const session: StoredSession = {
      tenant,
      scopes: [...scopes],
      subject,
      opener,
      ...(person === undefined ? {} : { person: person.address }),
      operator,
      createdAt,
      expiresAt,
    };
    await this.#topics.append([this.#record(hashSecret(text), session)]);
    return { text, lastsMs: expiresAt - createdAt };
  }

  /** Whose session it is; undefined when there is none, or its key is no longer good. */
  identify(text: string): Identity | undefined {
    const hash = hashSecret(text);
    const session = this.#sessions.get(hash);
    if (session === undefined || !this.#isLive(hash)) return undefined;
    const { tenant, scopes, subject, operator, expiresAt } = session;
    const person = session.person === undefined ? undefined : this.#personOf(tenant, session.person);
    const isLive = () => this.#isLive(hash);
    return { tenant, scopes, subject, operator, expiresAt, isLive, ...(person && { person }) };
  }

  /**
   * Ends a session.
   *
   * @throws {OutsideError} when that cannot be stored.
   */
  async close(text: string): Promise<void> {
    const hash = hashSecret(text);
    if (this.#sessions.has(hash)) await this.#topics.append([this.#record(hash, null)]);
  }

  /** Tombstones for sessions that are over, or too many. */
  surplus(): readonly NewRecord[] {
    let over = this.#sessions.size - MOST_SESSIONS;
    const ended = [...this.#sessions.keys()].filter((hash) => over-- > 0 || !this.#isLive(hash));
    return ended.slice(0, 1_000).map((hash) => this.#record(hash, null));
  }

  /** @throws {Error} for what is no session. */
  decode({ key, value }: LogRecord): SessionNews | undefined {
    const hash = ownId("session", key);
    return hash === undefined ? undefined : { hash, session: value && readJson(value, storedSession) };
  }

  apply({ hash, session }: SessionNews): void {
    if (session === null) this.#sessions.delete(hash);
    else this.#sessions.set(hash, session);
  }

  #isLive(hash: string): boolean {
    const session = this.#sessions.get(hash);
    if (session === undefined || this.#clock.now() >= session.expiresAt) return false;
    if (session.person === undefined) return this.#stands(session.opener);
    // An account that was deleted, and made anew, is another one.
    return `self:${this.#personOf(session.tenant, session.person)?.id}` === session.opener;
  }

  #record(hash: string, session: StoredSession | null): NewRecord {
    const value = session && JSON.stringify(session);
    return { topic: "control", key: ownKey("session", hash), value, timestamp: this.#clock.now() };
  }
}
