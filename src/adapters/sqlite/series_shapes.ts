import { assert } from "../../core/errors.ts";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { decodeValues, encodeValues } from "./series_values.ts";

/** Kinds of fields that are kept apart, at most; what has others is kept with its names. */
const MOST_SHAPES = 10_000;

/** What a short text begins with, as no JSON does. */
const SHORT = "~";

/**
 * Points as short texts: the names of their fields stand once in the table `shape`, in a row only its number and the
 * values, as {@link encodeValues} has them behind {@link SHORT}. What comes out is what went in, whatever fields it has; rows
 * of before, JSON objects and arrays, are read as they are.
 */
export class SeriesShapes {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #numbers = new Map<string, number>();
  readonly #names: (readonly string[])[] = [];
  #latest: { readonly names: readonly string[]; readonly number: number | undefined } = NONE;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO shape (id, names) VALUES (?, ?)");
    this.reload();
  }

  /** Reads the shapes again: those of a transaction that was rolled back are not there. */
  reload(): void {
    this.#numbers.clear();
    this.#names.length = 0;
    this.#latest = NONE;
    for (const { id, names } of this.#database.prepare("SELECT id, names FROM shape").all()) {
      this.#numbers.set(String(names), Number(id));
      this.#names[Number(id)] = JSON.parse(String(names));
    }
  }

  /** The text of a point; within a transaction, it may make a shape. */
  encode(point: object): string {
    const names = Object.keys(point);
    // Most have the fields of the one before.
    if (!isSame(names, this.#latest.names)) {
      this.#latest = { names, number: this.#numberOf(JSON.stringify(names), names) };
    }
    const { number } = this.#latest;
    if (number === undefined) return JSON.stringify(point);
    const values: unknown[] = Object.values(point);
    values.unshift(number);
    return SHORT + encodeValues(values);
  }

  decode(text: string): unknown {
    const read = text.startsWith(SHORT) ? decodeValues(text, SHORT.length) : JSON.parse(text);
    if (!Array.isArray(read)) return read;
    const number = Number(read[0]);
    const names = this.#names[number] ?? this.#madeElsewhere(number);
    const point: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) point[names[index] as string] = read[index + 1];
    return point;
  }

  /** The names of a shape that another process made: it stands in the file with the first point of it. */
  #madeElsewhere(number: number): readonly string[] {
    this.reload();
    const names = this.#names[number];
    assert(names !== undefined, `the shape ${number} of a point stands in the file`);
    return names;
  }

  #numberOf(key: string, names: readonly string[]): number | undefined {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#names.length;
    // A name that an object does not take as a field.
    if (number >= MOST_SHAPES || names.includes("__proto__")) return undefined;
    this.#insert.run(number, key);
    this.#numbers.set(key, number);
    this.#names.push(names);
    return number;
  }
}

/** No point is without fields. */
const NONE = { names: [], number: undefined };

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
