import { formatUnits } from "../market/decimal.ts";
import { readAmount } from "./amount.ts";
import { type Comparator, type Condition, MAX_CONDITIONS, type Param } from "./condition.ts";
import { InputIssues } from "./input_issues.ts";
import { type MeasureName, MEASURES } from "./measures.ts";
import { comparisonMeant, measureMeant } from "./hints.ts";
import { COMPARATOR_SIGNS, comparatorNamed, measureNamed } from "./names.ts";
import { readParams, readThreshold } from "./read_conditions.ts";

/**
 * Conditions as text: `from_open >= 5 and day_value >= 100억`.
 *
 *     when      = condition *( ("and" | "그리고" | "&&" | ",") condition )      at most four
 *     measure   = a name of one, a Korean one with or without its particle: 등락률, 등락률이
 *     condition = measure [ "(" param *( "," param ) ")" ] comparison
 *     comparison = sign number | number word | word number | nothing, of a measure that is 1 or 0
 *     sign = ">" | ">=" | "<" | "<="        word = "초과" | "이상" | "미만" | "이하"
 *
 * {@link formatWhen} writes the one canonical form; reading it gives the same conditions again.
 *
 * @module
 */

/** The longest text that is read. */
export const MAX_WHEN = 400;

/** The canonical text of conditions. */
export function formatWhen(conditions: readonly Condition[]): string {
  return conditions.map(formatCondition).join(" and ");
}

/** The canonical text of one condition: `new_high(52w) >= 1`. */
export function formatCondition({ measure, params, comparator, value }: Condition): string {
  const { scale } = MEASURES[measure];
  return `${formatMeasure(measure, params)} ${COMPARATOR_SIGNS[comparator]} ${formatUnits(value, scale)}`;
}

/** A measure with those of its parameters that are not the defaults at the end: `from_high(52w)`, `from_high`. */
export function formatMeasure(measure: MeasureName, params: readonly Param[]): string {
  const specs = MEASURES[measure].params;
  let count = params.length;
  while (count > 0 && specs[count - 1]?.default === params[count - 1]) count--;
  return count === 0 ? measure : `${measure}(${params.slice(0, count).join(",")})`;
}

/**
 * Reads conditions from text; undefined when it was refused. The issue says the column (from 1), what was expected there
 * and, for a word that nearly is one, the word.
 */
export function parseWhen(
  given: unknown,
  field: string,
  issues: InputIssues,
): readonly Condition[] | undefined {
  if (typeof given !== "string" || given.trim() === "" || given.length > MAX_WHEN) {
    const reason = `must be a text of 1 to ${MAX_WHEN} characters such as "rate >= 5"`;
    issues.refuse(field, "bad_when", reason, given);
    return undefined;
  }
  const text = given.normalize("NFKC");
  try {
    return new WhenReader(text).read();
  } catch (thrown) {
    if (!(thrown instanceof WhenFault)) throw thrown;
    issues.refuse(field, "bad_when", thrown.message, given);
    return undefined;
  }
}

/** Why a text is no condition, with its place. */
class WhenFault extends Error {
  constructor(column: number, message: string) {
    super(`column ${column + 1}: ${message}`);
  }
}

const WORD = /^[A-Za-z_가-힣][A-Za-z0-9_가-힣]*(?:\/[가-힣]+)?/;
/** What a Korean noun is followed by as a subject. */
const PARTICLE = /[이가은는]$/;
const COMPARISON_WORD = /^(?:초과|이상|미만|이하)/;
const SIGN = /^(?:>=|<=|≥|≤|>|<)/;
const AND = /^(?:and\b|그리고|이고|&&|,)/i;
const OR = /^(?:or\b|또는|이거나|\|\|)/i;
/** What may follow a number and says nothing new. */
const UNIT = /^\s*(?:%|퍼센트|프로|원|won\b|주|배)/i;
const PARAM = /^[A-Za-z0-9]+(?:일|주|분|시간)?/;

class WhenReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly Condition[] {
    const conditions: Condition[] = [];
    for (;;) {
      if (conditions.length === MAX_CONDITIONS) this.#fail(`a rule has at most ${MAX_CONDITIONS} conditions`);
      conditions.push(this.#condition());
      this.#blanks();
      if (this.#at === this.#text.length) return conditions;
      if (this.#take(OR) !== undefined) this.#fail('"or" is two rules: make one for each side', -1);
      if (this.#take(AND) === undefined) this.#fail(`expected "and" or the end, found ${this.#found()}`);
    }
  }

  #condition(): Condition {
    const measure = this.#measure();
    const params = this.#params(measure);
    const { comparator, value } = this.#comparison(measure);
    return { measure, params, comparator, value };
  }

  #measure(): MeasureName {
    this.#blanks();
    const at = this.#at;
    const word = this.#take(WORD);
    if (word === undefined) this.#fail(`expected a measure such as rate, found ${this.#found()}`);
    const measure = measureNamed(word) ?? measureNamed(word.replace(PARTICLE, ""));
    if (measure !== undefined) return measure;
    throw new WhenFault(at, `expected a measure, found "${word}"${measureMeant(word)}`);
  }

  #params(measure: MeasureName): readonly Param[] {
    this.#blanks();
    const given: string[] = [];
    const places: number[] = [];
    const open = this.#at;
    if (this.#take(/^\(/) !== undefined) {
      do {
        this.#blanks();
        places.push(this.#at);
        const param = this.#take(PARAM);
        if (param === undefined) this.#fail(`expected a parameter of ${measure}, found ${this.#found()}`);
        given.push(paramWritten(param));
        this.#blanks();
      } while (this.#take(/^,/) !== undefined);
      if (this.#take(/^\)/) === undefined) this.#fail(`expected ")", found ${this.#found()}`);
    }
    return this.#checked(open, (issues) => readParams(measure, given, "", issues), places);
  }

  #comparison(measure: MeasureName): Pick<Condition, "comparator" | "value"> {
    this.#blanks();
    const before = this.#take(SIGN) ?? this.#take(COMPARISON_WORD);
    this.#blanks();
    const at = this.#at;
    const amount = readAmount(this.#text.slice(at));
    if (amount === undefined) {
      if (before === undefined && MEASURES[measure].unit === "flag") return { comparator: "gte", value: 1 };
      this.#fail(
        before === undefined
          ? `expected >, >=, <, <= or a number with 초과, 이상, 미만, 이하, found ${this.#found()}${
            comparisonMeant(this.#text.slice(at))
          }`
          : `expected a number, found ${this.#found()}`,
      );
    }
    this.#at += amount.length;
    this.#take(UNIT);
    this.#blanks();
    const comparator = comparatorOf(before ?? this.#take(COMPARISON_WORD));
    if (comparator === undefined) this.#fail(`expected 초과, 이상, 미만 or 이하, found ${this.#found()}`);
    const value = this.#checked(at, (issues) => readThreshold(measure, amount.decimal, "", issues));
    return { comparator, value };
  }

  /** Runs a check whose issue belongs to a column: that of the item it names, where it names one. */
  #checked<T>(
    at: number,
    check: (issues: InputIssues) => T | undefined,
    places: readonly number[] = [],
  ): T {
    const issues = new InputIssues();
    const checked = check(issues);
    if (checked !== undefined) return checked;
    const item = /^\[(\d+)\]$/.exec(issues.first?.field ?? "")?.[1];
    throw new WhenFault(places[Number(item ?? NaN)] ?? at, issues.first?.reason ?? "is refused");
  }

  #blanks(): void {
    this.#take(/^\s+/);
  }

  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#text.slice(this.#at))?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #found(): string {
    const rest = this.#text.slice(this.#at);
    return rest === "" ? "the end" : `"${WORD.exec(rest)?.[0] ?? rest[0]}"`;
  }

  #fail(message: string, shift = 0): never {
    throw new WhenFault(Math.max(0, this.#at + shift), message);
  }
}

/** A parameter as it is stored, of one as people write it: 20일 is 20d, 5분 5m, 1시간 60m. */
export function paramWritten(written: string): string {
  const text = written.toLowerCase();
  const hours = /^(\d+)(?:시간|h)$/.exec(text)?.[1];
  if (hours !== undefined) return `${Number(hours) * 60}m`;
  return text.replace(/일$/, "d").replace(/주$/, "w").replace(/분$/, "m");
}

function comparatorOf(word: string | undefined): Comparator | undefined {
  if (word === "≥") return "gte";
  return word === "≤" ? "lte" : comparatorNamed(word);
}
