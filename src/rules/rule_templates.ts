import { assert } from "../core/errors.ts";
import { isSymbol, type Symbol } from "../market/symbol.ts";
import { decodeRule, encodeRule } from "./codec.ts";
import type { Condition } from "./condition.ts";
import { isRuleId } from "./parse_rule.ts";
import type { Rule } from "./rule.ts";
import { conditionOf } from "./shorthand.ts";
import { publicRuleId, storedRuleId } from "./tenancy.ts";

/** The most texts that are remembered; rules that are like none of them are decoded one by one. */
const MAX_TEMPLATES = 10_000;

const BEFORE_ID = '{"id":"';
const BEFORE_SYMBOL = '","symbol":"';
const SYMBOL_LENGTH = 6;
const BEFORE_VALUE = '"value":';
const BEFORE_VERSION = ',"version":';
const QUOTE = 34;

/** What stands at the end of a rule's text, as `encodeRule` writes it; JSON has no number that begins with a zero. */
const NUMBERS =
  /,"version":([1-9]\d{0,8})(?:,"armed":([1-9]\d{0,8}))?(?:,"armedAt":(0|[1-9]\d{0,14}))?,"createdAt":(0|[1-9]\d{0,14}),"updatedAt":(0|[1-9]\d{0,14})\}$/y;
/** Values that are written in their shortest form and surely in range; others are for the full parser. */
const WON = /^[1-9]\d{0,8}$/;
const PER_CENT = /^(?:0|[1-9]\d{0,6})(?:\.\d?[1-9])?$/;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Decodes rules that are alike but for id, symbol, value, version and times, as thousands of one hand are: what is the
 * same is checked and kept once. Says of every record what {@link decodeRule} says.
 */
export class RuleTemplates {
  /** A rule of each text, by what its text has beside what differs. */
  readonly #like = new Map<string, Rule>();
  readonly #symbols = new Map<string, Symbol>();

  /**
   * A rule from a record of the rules topic.
   *
   * @param key the record's.
   * @throws {InputError} code `bad_rule` when the bytes are not a whole rule.
   */
  decode(key: string, bytes: Uint8Array): Rule {
    const text = utf8.decode(bytes);
    const parts = partsOf(key, text);
    if (parts === undefined) return decodeRule(bytes);
    const like = this.#like.get(parts.same);
    if (like !== undefined) return this.#made(like, key, parts) ?? decodeRule(bytes);
    const rule = decodeRule(bytes);
    // Of a text that is not ours, such as one that says a field twice, nothing is known of its like.
    if (this.#like.size < MAX_TEMPLATES && encodeRule(rule) === text) this.#like.set(parts.same, rule);
    return rule;
  }

  /** The rule that is like another one; undefined: what differs is for the full parser to examine. */
  #made(like: Rule, key: string, parts: Parts): Rule | undefined {
    const { tenant, kind } = like;
    const id = publicRuleId(tenant, key);
    if (!isRuleId(id) || storedRuleId(tenant, id) !== key) return undefined;
    const symbol = this.#symbol(parts.symbol);
    if (symbol === undefined) return undefined;
    if (parts.value !== null && !(kind === "change_rate" ? PER_CENT : WON).test(parts.value)) {
      return undefined;
    }
    return new LikeRule(like, key, symbol, parts.value, parts.numbers);
  }

  /** One text for each symbol, however many rules have it. */
  #symbol(text: string): Symbol | undefined {
    const known = this.#symbols.get(text);
    if (known !== undefined || !isSymbol(text)) return known;
    this.#symbols.set(text, text);
    return text;
  }
}

interface Numbers {
  readonly version: number;
  readonly armed: number;
  readonly armedAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface Parts {
  /** All that is no part of its own. */
  readonly same: string;
  readonly symbol: string;
  readonly value: string | null;
  readonly numbers: Numbers;
}

/** The parts of a text that `encodeRule` wrote for a rule of one symbol; undefined for any other. */
function partsOf(key: string, text: string): Parts | undefined {
  const idAt = BEFORE_ID.length;
  const idEnd = idAt + key.length;
  if (!text.startsWith(BEFORE_ID) || !text.startsWith(key, idAt) || text.charCodeAt(idEnd) !== QUOTE) {
    return undefined;
  }
  const symbolAt = text.indexOf(BEFORE_SYMBOL, idEnd) + BEFORE_SYMBOL.length;
  const symbolEnd = symbolAt + SYMBOL_LENGTH;
  if (symbolAt < BEFORE_SYMBOL.length || text.charCodeAt(symbolEnd) !== QUOTE) return undefined;
  const valueAt = text.indexOf(BEFORE_VALUE, symbolEnd) + BEFORE_VALUE.length;
  const numbersAt = text.lastIndexOf(BEFORE_VERSION);
  if (valueAt < BEFORE_VALUE.length || numbersAt < valueAt) return undefined;
  const isNull = text.charCodeAt(valueAt) !== QUOTE;
  const valueEnd = isNull ? valueAt : text.indexOf('"', valueAt + 1);
  const numbers = numbersIn(text, numbersAt);
  if (numbers === undefined || valueEnd > numbersAt) return undefined;
  return {
    same: text.slice(idEnd, symbolAt) + text.slice(symbolEnd, valueAt) + text.slice(valueEnd, numbersAt),
    symbol: text.slice(symbolAt, symbolEnd),
    value: isNull ? null : text.slice(valueAt + 1, valueEnd),
    numbers,
  };
}

function numbersIn(text: string, at: number): Numbers | undefined {
  NUMBERS.lastIndex = at;
  const found = NUMBERS.exec(text);
  if (found === null) return undefined;
  const createdAt = Number(found[4]);
  return {
    version: Number(found[1]),
    armed: Number(found[2] ?? 1),
    armedAt: Number(found[3] ?? createdAt),
    createdAt,
    updatedAt: Number(found[5]),
  };
}

/** What an edit changes of a rule's numbers. */
interface Edited {
  readonly version: number;
  readonly armed: number;
  /** After the rule was created, ms. */
  readonly updatedAfter: number;
  readonly armedAfter: number;
}

/** Of every rule that is as it was made. */
const AS_MADE: Edited = Object.freeze({ version: 1, armed: 1, updatedAfter: 0, armedAfter: 0 });

function editedOf({ version, armed, createdAt, updatedAt, armedAt }: Numbers): Edited {
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

/**
 * A rule that has most in common with another one: a tenth of the memory of a rule by itself. Its fields are read one by
 * one; see {@link NO_COPY}.
 */
class LikeRule implements Rule {
  readonly id: string;
  readonly symbol: Symbol;
  readonly value: string | null;
  readonly #like: Rule;
  readonly #edited: Edited;
  readonly #createdUnits: number;
  readonly #createdRest: number;

  constructor(like: Rule, id: string, symbol: Symbol, value: string | null, numbers: Numbers) {
    this.id = id;
    this.symbol = symbol;
    this.value = value;
    this.#like = like;
    this.#edited = editedOf(numbers);
    this.#createdUnits = Math.floor(numbers.createdAt / TIME_UNIT);
    this.#createdRest = numbers.createdAt % TIME_UNIT;
    Object.defineProperty(this, "noCopy", NO_COPY);
  }

  get version(): number {
    return this.#edited.version;
  }
  get armed(): number {
    return this.#edited.armed;
  }
  get createdAt(): number {
    return this.#createdUnits * TIME_UNIT + this.#createdRest;
  }
  get updatedAt(): number {
    return this.createdAt + this.#edited.updatedAfter;
  }
  get armedAt(): number {
    return this.createdAt + this.#edited.armedAfter;
  }
  get conditions(): readonly Condition[] {
    return this.value === null ? this.#like.conditions : [conditionOf(this)];
  }
  get symbols() {
    return this.#like.symbols;
  }
  get market() {
    return this.#like.market;
  }
  get kind() {
    return this.#like.kind;
  }
  get comparator() {
    return this.#like.comparator;
  }
  get direction() {
    return this.#like.direction;
  }
  get on() {
    return this.#like.on;
  }
  get repeat() {
    return this.#like.repeat;
  }
  get sessions() {
    return this.#like.sessions;
  }
  get maxAlertsPerDay() {
    return this.#like.maxAlertsPerDay;
  }
  get recipients() {
    return this.#like.recipients;
  }
  get channels() {
    return this.#like.channels;
  }
  get locale() {
    return this.#like.locale;
  }
  get note() {
    return this.#like.note;
  }
  get labels() {
    return this.#like.labels;
  }
  get tenant() {
    return this.#like.tenant;
  }
  get enabled() {
    return this.#like.enabled;
  }
  get expiresAt() {
    return this.#like.expiresAt;
  }
}
