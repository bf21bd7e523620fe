/**
 * A row of values as a short text: what a price series has most of, whole numbers, hundredths and codes of a letter or
 * two, each as few characters as it needs. A text and no blob, so that a file of before takes it in the same column.
 *
 * Every character is U+0001 to U+007F, but within JSON; its *digit* is its code less one. A value begins with a digit
 * of {@link TAG} or is one of 0 to 63 itself; numbers follow with digits of base 126, the last the lowest.
 */
const BASE = 126;
/** Strings up to this length stand as they are, where they are plain ASCII. */
const SHORT = 12;
/** Values of an array, at most; a longer one is JSON. */
const MOST_VALUES = 63;

/** What a value begins with; from `whole` to `lessHundredths` the digits that follow, at most 8, less one are added. */
const TAG = {
  small: 0,
  whole: 64,
  lessWhole: 72,
  hundredths: 80,
  lessHundredths: 88,
  string: 96,
  array: 110,
  nothing: 111,
  json: 112,
  code: 113,
} as const;

/** What stands in nearly every trade. Kept in files: what is here stays, in this order, 13 at most. */
const CODES = ["regular", "N", "B", "S", "1", "2", "3", "4", "5", "10", "20", "0", "Y"];
const CODE_TAGS = new Map(CODES.map((code, index) => [code, String.fromCharCode(TAG.code + index + 1)]));

const CHARACTERS: readonly string[] = Array.from(
  { length: 127 },
  (_, digit) => String.fromCharCode(digit + 1),
);

/** The text of values as JSON has them: what is undefined or no finite number becomes null. */
export function encodeValues(values: readonly unknown[]): string {
  let text = "";
  for (let index = 0; index < values.length; index++) text += encodeValue(values[index]);
  return text;
}

/** The values of a text of {@link encodeValues}, from a place in it on. */
export function decodeValues(text: string, from = 0): unknown[] {
  const reader = new Reader(text, from);
  const values: unknown[] = [];
  while (!reader.atEnd) values.push(reader.value());
  return values;
}

function encodeValue(value: unknown): string {
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "string" && value.length <= SHORT) {
    return CODE_TAGS.get(value) ??
      (isPlain(value) ? CHARACTERS[TAG.string + value.length] + value : encodeJson(value));
  }
  if (Array.isArray(value) && value.length <= MOST_VALUES) {
    return CHARACTERS[TAG.array]! + CHARACTERS[value.length] + encodeValues(value);
  }
  if (value === null || value === undefined) return CHARACTERS[TAG.nothing]!;
  return encodeJson(value);
}

function encodeNumber(value: number): string {
  if (Number.isSafeInteger(value)) {
    if (value >= 0 && value < TAG.whole) return CHARACTERS[TAG.small + value]!;
    return value < 0 ? digits(TAG.lessWhole, -value) : digits(TAG.whole, value);
  }
  const hundredths = Math.round(value * 100);
  if (!Number.isSafeInteger(hundredths) || hundredths / 100 !== value) return encodeJson(value);
  return hundredths < 0 ? digits(TAG.lessHundredths, -hundredths) : digits(TAG.hundredths, hundredths);
}

function digits(tag: number, value: number): string {
  let text = "";
  let count = 0;
  for (let rest = value; count === 0 || rest > 0; count++) {
    const above = Math.floor(rest / BASE);
    text = CHARACTERS[rest - above * BASE] + text;
    rest = above;
  }
  return CHARACTERS[tag + count - 1] + text;
}

function encodeJson(value: unknown): string {
  const json = JSON.stringify(value) ?? "null";
  return CHARACTERS[TAG.json] + digits(TAG.whole, json.length) + json;
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

class Reader {
  readonly #text: string;
  #at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  value(): unknown {
    const tag = this.#digit();
    if (tag < TAG.whole) return tag;
    if (tag < TAG.lessWhole) return this.#number(tag - TAG.whole + 1);
    if (tag < TAG.hundredths) return -this.#number(tag - TAG.lessWhole + 1);
    if (tag < TAG.lessHundredths) return this.#number(tag - TAG.hundredths + 1) / 100;
    if (tag < TAG.string) return -this.#number(tag - TAG.lessHundredths + 1) / 100;
    if (tag < TAG.array) return this.#take(tag - TAG.string);
    if (tag >= TAG.code) return CODES[tag - TAG.code];
    if (tag === TAG.array) return Array.from({ length: this.#digit() }, () => this.value());
    return tag === TAG.nothing ? null : JSON.parse(this.#take(this.#number(this.#digit() - TAG.whole + 1)));
  }

  #number(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) value = value * BASE + this.#digit();
    return value;
  }

  #digit(): number {
    return this.#text.charCodeAt(this.#at++) - 1;
  }

  #take(length: number): string {
    const taken = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
