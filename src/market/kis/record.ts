import type { FrameField, FrameKind } from "./fields.ts";
import { FieldFault, isAbsent, readField } from "./values.ts";

/** What the key of a field that is not known begins with; its number follows, from 1: `field48`. */
const EXTRA = "field";
const EXTRA_KEY = /^field([1-9]\d{0,3})$/;

/** One record of a frame: where its fields are, and what became of them. */
export class RecordReader {
  /** KIS's names of fields that had what cannot be read, and were left out. */
  readonly leftOut: string[] = [];
  start = 0;
  readonly #kind: FrameKind;
  readonly #fields: readonly string[];
  readonly #width: number;
  /** Fields of a record that are known. */
  readonly #known: number;

  /** @param width fields of each record. */
  constructor(kind: FrameKind, fields: readonly string[], width: number) {
    this.#kind = kind;
    this.#fields = fields;
    this.#width = width;
    this.#known = Math.min(width, kind.fields.length);
  }

  /**
   * The value of a field by its index; undefined where there is none.
   *
   * @throws {FieldFault} where a field that decides cannot be read.
   */
  value(index: number): string | number | undefined {
    if (index >= this.#known) return undefined;
    const field = this.#kind.fields[index] as FrameField;
    const read = readField(field, this.#fields[this.start + index] as string);
    if (!(read instanceof FieldFault)) return read;
    if (field.decides) throw read;
    this.leftOut.push(field.kis);
    return undefined;
  }

  /** Adds what stands behind the fields that are known, as text, by its number. */
  extras(into: Record<string, unknown>): void {
    for (let index = this.#known; index < this.#width; index++) {
      const text = this.#fields[this.start + index] as string;
      if (!isAbsent(text)) into[`${EXTRA}${index + 1}`] = text;
    }
  }
}

/** The texts behind the fields that are known, in order, of a trade or quote that was read with some; or none. */
export function writeExtras(item: Readonly<Record<string, unknown>>, known: number): string[] {
  const texts: string[] = [];
  for (const [key, value] of Object.entries(item)) {
    const number = Number(EXTRA_KEY.exec(key)?.[1]);
    if (number > known) texts[number - known - 1] = String(value);
  }
  return Array.from(texts, (text) => text ?? "");
}
