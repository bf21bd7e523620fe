import { assert } from "../core/errors.ts";
import { formatUnits } from "../market/decimal.ts";
import { isSymbol, type Symbol } from "../market/symbol.ts";
import { decodeRule, encodeRule } from "./codec.ts";
import type { Condition } from "./condition.ts";
import { isRuleId } from "./parse_rule.ts";
import { type Rule, scaleOf } from "./rule.ts";
import { RuleText } from "./rule_text.ts";
import { conditionOf } from "./shorthand.ts";
import { publicRuleId, storedRuleId } from "./tenancy.ts";

/** The most texts that are remembered; rules that are like none of them are decoded one by one. */
const MAX_TEMPLATES = 10_000;
/** Every so many bytes of a text are part of its hash. */
const HASHED_EVERY = 16;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A rule, and what its text has in common with those of rules that are like it. */
interface Template {
  readonly rule: Rule;
  readonly number: number;
  /** The three pieces, one behind the other, and how long the first two are. */
  readonly same: DataView;
  readonly lengths: readonly [number, number];
}

/** A rule that is like another one, as far as it differs; the same object for the next one. */
export interface FoundRule extends Numbers {
  /** The number of the template, and of the symbol. */
  template: number;
  symbol: number;
  /** In units of the kind's scale; null: the kind has no value. */
  units: number | null;
}

/**
 * Decodes rules that are alike but for id, symbol, value, version and times, as thousands of one hand are: what is the
 * same is checked and kept once. Says of every record what {@link decodeRule} says.
 */
export class RuleTemplates {
  readonly #rules: Rule[] = [];
  /** Templates by the hashes of what their texts have beside what differs. */
  readonly #byHash = new Map<number, Template[]>();
  readonly #symbols: Symbol[] = [];
  readonly #symbolNumbers = new Map<number, number>();
  readonly #text = new RuleText();
  readonly #found: FoundRule = {
    ...{ template: 0, symbol: 0, units: null },
    ...{ version: 1, armed: 1, armedAt: 0, createdAt: 0, updatedAt: 0 },
  };

  /** The rule of a template, by its number. */
  ruleAt(number: number): Rule {
    return this.#rules[number]!;
  }

  /** A symbol, by its number. */
  symbolAt(number: number): Symbol {
    return this.#symbols[number]!;
  }

  /**
   * A rule from a record of the rules topic.
   *
   * @param key the record's.
   * @throws {InputError} code `bad_rule` when the bytes are not a whole rule.
   */
  decode(key: string, bytes: Uint8Array): Rule {
    const found = this.find(key, bytes);
    if (found === undefined) return decodeRule(bytes);
    const { template, symbol, units } = found;
    const like = this.#rules[template]!;
    const value = units === null ? null : formatUnits(units, scaleOf(like.kind));
    return new LikeRule(like, key, this.#symbols[symbol]!, value, found);
  }

  /**
   * The rule of a record, as far as it differs from others; undefined: it is for the full parser. Good until the next call.
   */
  find(key: string, bytes: Uint8Array): Readonly<FoundRule> | undefined {
    const text = this.#text;
    if (!text.read(key, bytes)) return undefined;
    const template = this.#like(text) ?? this.#learn(text);
    return template && this.#differing(key, template);
  }

  /** What differs; undefined: it is for the full parser to examine. */
  #differing(key: string, { rule: { tenant, kind }, number }: Template): FoundRule | undefined {
    const text = this.#text;
    const id = publicRuleId(tenant, key);
    if (!isRuleId(id) || storedRuleId(tenant, id) !== key) return undefined;
    const symbol = this.#symbolOf(text);
    const units = text.isNull ? null : text.units(scaleOf(kind));
    if (symbol === undefined || units === undefined) return undefined;
    const found = this.#found;
    found.template = number;
    found.symbol = symbol;
    found.units = units;
    found.version = text.version;
    found.armed = text.armed;
    found.armedAt = text.armedAt;
    found.createdAt = text.createdAt;
    found.updatedAt = text.updatedAt;
    return found;
  }

  #like(text: RuleText): Template | undefined {
    return this.#byHash.get(hashOf(text))?.find((template) => isLike(template, text));
  }

  /** Of a text that is not ours, such as one that says a field twice, nothing is known of its like. */
  #learn(text: RuleText): Template | undefined {
    if (this.#rules.length >= MAX_TEMPLATES) return undefined;
    const rule = decodeRule(text.bytes);
    if (encodeRule(rule) !== utf8.decode(text.bytes)) return undefined;
    const pieces = piecesOf(text);
    const same = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    const lengths = [pieces[0].length, pieces[1].length] as const;
    same.set(pieces[0]);
    same.set(pieces[1], lengths[0]);
    same.set(pieces[2], lengths[0] + lengths[1]);
    const template = { rule, number: this.#rules.length, same: new DataView(same.buffer), lengths };
    this.#rules.push(rule);
    const hash = hashOf(text);
    const others = this.#byHash.get(hash);
    if (others === undefined) this.#byHash.set(hash, [template]);
    else others.push(template);
    return template;
  }

  /** One text for each symbol, however many rules have it. */
  #symbolOf({ bytes, symbolAt, symbolEnd }: RuleText): number | undefined {
    let packed = 0;
    for (let at = symbolAt; at < symbolEnd; at++) packed = packed * 256 + bytes[at]!;
    const known = this.#symbolNumbers.get(packed);
    if (known !== undefined) return known;
    const symbol = utf8.decode(bytes.subarray(symbolAt, symbolEnd));
    if (!isSymbol(symbol)) return undefined;
    this.#symbolNumbers.set(packed, this.#symbols.length);
    return this.#symbols.push(symbol) - 1;
  }
}

function piecesOf(
  { bytes, idEnd, symbolAt, symbolEnd, valueAt, valueEnd, numbersAt }: RuleText,
): [Uint8Array, Uint8Array, Uint8Array] {
  return [
    bytes.subarray(idEnd, symbolAt),
    bytes.subarray(symbolEnd, valueAt),
    bytes.subarray(valueEnd, numbersAt),
  ];
}

function isLike({ same, lengths: [first, second] }: Template, text: RuleText): boolean {
  const { idEnd, symbolAt, symbolEnd, valueAt, valueEnd, numbersAt } = text;
  if (symbolAt - idEnd !== first || valueAt - symbolEnd !== second) return false;
  const third = numbersAt - valueEnd;
  return first + second + third === same.byteLength &&
    isSame(text, idEnd, { same, from: 0, length: first }) &&
    isSame(text, symbolEnd, { same, from: first, length: second }) &&
    isSame(text, valueEnd, { same, from: first + second, length: third });
}

/** Whether a piece of a template stands somewhere in a text, compared four bytes at a time. */
function isSame(
  { bytes, view }: RuleText,
  start: number,
  { same, from, length }: { readonly same: DataView; readonly from: number; readonly length: number },
): boolean {
  const base = bytes.byteOffset + start;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    if (view.getInt32(base + at) !== same.getInt32(from + at)) return false;
  }
  for (; at < length; at++) if (view.getUint8(base + at) !== same.getUint8(from + at)) return false;
  return true;
}

/** Of lengths and a part of the bytes: what has one hash is compared byte by byte. */
function hashOf({ bytes, idEnd, symbolAt, symbolEnd, valueAt, valueEnd, numbersAt }: RuleText): number {
  let hash = symbolAt - idEnd;
  hash = Math.imul(hash, 31) + valueAt - symbolEnd | 0;
  hash = Math.imul(hash, 31) + numbersAt - valueEnd | 0;
  for (let at = symbolEnd; at < valueAt; at += HASHED_EVERY / 4) hash = Math.imul(hash, 31) + bytes[at]! | 0;
  for (let at = valueEnd; at < numbersAt; at += HASHED_EVERY) hash = Math.imul(hash, 31) + bytes[at]! | 0;
  return hash;
}

/** A rule's numbers: how often and when it was changed and armed. */
export interface Numbers {
  version: number;
  armed: number;
  armedAt: number;
  createdAt: number;
  updatedAt: number;
}

/** What an edit changes of a rule's numbers. */
export interface Edited {
  readonly version: number;
  readonly armed: number;
  /** After the rule was created, ms. */
  readonly updatedAfter: number;
  readonly armedAfter: number;
}

/** Of every rule that is as it was made. */
export const AS_MADE: Edited = Object.freeze({ version: 1, armed: 1, updatedAfter: 0, armedAfter: 0 });

/** What a rule's edits left in its numbers; times as ms after it was made. */
export function editedOf({ version, armed, createdAt, updatedAt, armedAt }: Readonly<Numbers>): Edited {
  const [updatedAfter, armedAfter] = [updatedAt - createdAt, armedAt - createdAt];
  return version === 1 && armed === 1 && updatedAfter === 0 && armedAfter === 0
    ? AS_MADE
    : { version, armed, updatedAfter, armedAfter };
}

/** A time is kept as two short numbers: a long one is an object of its own. */
const TIME_UNIT = 2 ** 24;

/**
 * Stands in each {@link LikeRule} as a property of its own, so that whoever copies one property by property (a spread,
 * `Object.assign`, JSON) fails, where the copy would silently lack all that it has in common with others.
 */
const NO_COPY: PropertyDescriptor = {
  enumerable: true,
  get(): never {
    assert(
      false,
      "a rule of a template cannot be spread or written as it is: name its fields, or encodeRule",
    );
  },
};

/** A rule that has most in common with another one. Its fields are read one by one; see {@link NO_COPY}. */
export abstract class LikeOther implements Rule {
  abstract readonly id: string;
  abstract readonly symbol: Symbol;
  abstract readonly value: string | null;
  abstract readonly createdAt: number;
  protected abstract readonly like: Rule;
  protected abstract readonly edited: Edited;

  constructor() {
    Object.defineProperty(this, "noCopy", NO_COPY);
  }

  get version(): number {
    return this.edited.version;
  }
  get armed(): number {
    return this.edited.armed;
  }
  get updatedAt(): number {
    return this.createdAt + this.edited.updatedAfter;
  }
  get armedAt(): number {
    return this.createdAt + this.edited.armedAfter;
  }
  get conditions(): readonly Condition[] {
    return this.value === null ? this.like.conditions : [conditionOf(this)];
  }
  get symbols() {
    return this.like.symbols;
  }
  get market() {
    return this.like.market;
  }
  get kind() {
    return this.like.kind;
  }
  get comparator() {
    return this.like.comparator;
  }
  get direction() {
    return this.like.direction;
  }
  get on() {
    return this.like.on;
  }
  get repeat() {
    return this.like.repeat;
  }
  get sessions() {
    return this.like.sessions;
  }
  get maxAlertsPerDay() {
    return this.like.maxAlertsPerDay;
  }
  get recipients() {
    return this.like.recipients;
  }
  get channels() {
    return this.like.channels;
  }
  get locale() {
    return this.like.locale;
  }
  get note() {
    return this.like.note;
  }
  get labels() {
    return this.like.labels;
  }
  get tenant() {
    return this.like.tenant;
  }
  get enabled() {
    return this.like.enabled;
  }
  get expiresAt() {
    return this.like.expiresAt;
  }
}

/** One by itself: a tenth of the memory of a rule that has all its fields. */
class LikeRule extends LikeOther {
  readonly id: string;
  readonly symbol: Symbol;
  readonly value: string | null;
  protected readonly like: Rule;
  protected readonly edited: Edited;
  readonly #createdUnits: number;
  readonly #createdRest: number;

  constructor(like: Rule, id: string, symbol: Symbol, value: string | null, numbers: Readonly<Numbers>) {
    super();
    this.id = id;
    this.symbol = symbol;
    this.value = value;
    this.like = like;
    this.edited = editedOf(numbers);
    this.#createdUnits = Math.floor(numbers.createdAt / TIME_UNIT);
    this.#createdRest = numbers.createdAt % TIME_UNIT;
  }

  get createdAt(): number {
    return this.#createdUnits * TIME_UNIT + this.#createdRest;
  }
}
