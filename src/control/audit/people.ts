import { z } from "zod";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { randomId } from "../auth/secret.ts";
import { readJson } from "../../books/read_json.ts";

const storedPerson = z.object({ is: z.string().min(1) });

/** What a record says of a pseudonym: whom it stands for, or nobody any more. */
interface PersonNews {
  readonly id: string;
  readonly is: string | null;
}

const TOKEN = /person:([0-9a-z]{16})/g;
/** Mail addresses wherever they stand in a text; deliberately wide. */
const ADDRESS = /[^\s"'<>()[\],;:@]{1,64}@[^\s"'<>()[\],;:@]{1,255}/g;
/** Fields that name a person as a whole. */
const PERSONAL = new Set(["recipient", "recipients"]);
/** Who signs in with an identity provider is a person; a key is none. */
const PERSON_SUBJECT = /^oidc:/;

/**
 * Whom the audit's pseudonyms stand for. An entry never has an address: it has `person:ID`, ID made of chance, and
 * one record of the control topic says whose it is. So to erase a person is to delete that record: the entries, and the
 * hashes that chain them, stay as they are.
 */
export class People implements ProjectionReader<PersonNews> {
  readonly #byId = new Map<string, string>();
  readonly #idOf = new Map<string, string>();

  /** Everything of an entry with pseudonyms in place of persons, and the records of pseudonyms that are new. */
  conceal<T>(said: T, now: number): { readonly concealed: T; readonly records: readonly NewRecord[] } {
    const records: NewRecord[] = [];
    const token = (is: string) => {
      let id = this.#idOf.get(is);
      if (id === undefined) {
        id = randomId(16);
        this.#know(id, is);
        const value = JSON.stringify({ is });
        records.push({ topic: "control", key: ownKey("person", id), value, timestamp: now });
      }
      return `person:${id}`;
    };
    const text = (value: string, personal: boolean) => {
      if (personal || PERSON_SUBJECT.test(value)) return token(value);
      return value.includes("@") ? value.replace(ADDRESS, token) : value;
    };
    return { concealed: mapTexts(said, text) as T, records };
  }

  /** The same with persons in place of pseudonyms that are known. */
  reveal<T>(said: T): T {
    return mapTexts(
      said,
      (text) => text.replace(TOKEN, (token, id) => this.#byId.get(id) ?? token),
    ) as T;
  }

  /** The records that make the entries of a person nobody's; none when it is not known. */
  erase(is: string, now: number): readonly NewRecord[] {
    const same = is.toLowerCase();
    return [...this.#byId].filter(([, known]) => known.toLowerCase() === same).map(([id]) => ({
      topic: "control",
      key: ownKey("person", id),
      value: null,
      timestamp: now,
    }));
  }

  /** @throws {Error} for what is no person's record. */
  decode({ key, value }: LogRecord): PersonNews | undefined {
    const id = ownId("person", key);
    return id === undefined ? undefined : { id, is: value && readJson(value, storedPerson).is };
  }

  apply({ id, is }: PersonNews): void {
    if (is !== null) {
      this.#know(id, is);
      return;
    }
    const known = this.#byId.get(id);
    this.#byId.delete(id);
    if (known !== undefined && this.#idOf.get(known) === id) this.#idOf.delete(known);
  }

  #know(id: string, is: string): void {
    this.#byId.set(id, is);
    this.#idOf.set(is, id);
  }
}

/** A copy with every text changed; `personal` says that it stands in a field that names a person. */
function mapTexts(
  value: unknown,
  change: (text: string, personal: boolean) => string,
  personal = false,
): unknown {
  if (typeof value === "string") return change(value, personal);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change, personal));
  if (typeof value !== "object" || value === null) return value;
  // A silence's matcher names its field beside the value.
  const matcher = (value as { field?: unknown }).field === "recipient";
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      mapTexts(item, change, PERSONAL.has(name) || (matcher && name === "value")),
    ]),
  );
}
