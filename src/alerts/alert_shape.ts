import type { TextBytes } from "../core/text_bytes.ts";
import type { Condition } from "../rules/condition.ts";
import { MEASURES } from "../rules/measures.ts";
import type { Rule } from "../rules/rule.ts";
import { fromRecipients, upToConditions, upToSymbol, upToThreshold, upToValue } from "./encode_match.ts";

const encoder = new TextEncoder();
const QUOTE = encoder.encode('"');
const NULL = encoder.encode("null");
const MEASURED = encoder.encode('","measured":"');
const END = encoder.encode('"}');

/** What alerts of rules of one symbol and one condition that are alike have in common, as bytes. */
export class AlertShape {
  readonly #rule: Rule;
  readonly #condition: Condition;
  readonly #upToValue: Uint8Array;
  readonly #upToThreshold: Uint8Array;
  readonly #upToSymbol: Uint8Array;
  readonly #inHundredths: boolean;
  /** From the recipients on. */
  readonly tail: Uint8Array;
  /** How many bytes it has, beside the values. */
  readonly length: number;

  private constructor(rule: Rule, condition: Condition) {
    this.#rule = rule;
    this.#condition = condition;
    this.#upToValue = encoder.encode(upToValue(rule));
    this.#upToThreshold = encoder.encode(upToConditions(rule) + upToThreshold(condition));
    this.#upToSymbol = encoder.encode(upToSymbol(rule));
    this.#inHundredths = MEASURES[condition.measure].scale === 2;
    this.tail = encoder.encode(fromRecipients(rule));
    const { length } = this.#upToValue;
    this.length = length + this.#upToThreshold.length + this.#upToSymbol.length + this.tail.length;
  }

  /** The shape of the alerts of a rule of one symbol, given its one condition; undefined: it counts in other units. */
  static of(rule: Rule, condition: Condition): AlertShape | undefined {
    const { scale } = MEASURES[condition.measure];
    return scale === 0 || scale === 2 ? new AlertShape(rule, condition) : undefined;
  }

  /** Whether alerts of a rule have this shape. */
  isOf(rule: Rule, condition: Condition): boolean {
    const [own, its] = [this.#rule, this.#condition];
    return own.recipients === rule.recipients && own.channels === rule.channels &&
      own.labels === rule.labels && own.note === rule.note && own.locale === rule.locale &&
      own.tenant === rule.tenant && own.kind === rule.kind && own.comparator === rule.comparator &&
      own.direction === rule.direction && own.on === rule.on && own.repeat === rule.repeat &&
      its.measure === condition.measure && its.comparator === condition.comparator &&
      (its.params === condition.params || its.params.length + condition.params.length === 0);
  }

  /** Writes what stands between the rule's arming and the symbol. @param measured in units of the measure's scale. */
  write(text: TextBytes, { value, threshold, measured }: {
    readonly value: string | null;
    /** In the same units. */
    readonly threshold: number;
    readonly measured: number;
  }): void {
    text.raw(this.#upToValue);
    if (value === null) text.raw(NULL);
    else {
      text.raw(QUOTE);
      text.ascii(value);
      text.raw(QUOTE);
    }
    text.raw(this.#upToThreshold);
    this.#units(text, threshold);
    text.raw(MEASURED);
    this.#units(text, measured);
    text.raw(END);
    text.raw(this.#upToSymbol);
  }

  #units(text: TextBytes, units: number): void {
    if (this.#inHundredths) text.hundredths(units);
    else text.number(units);
  }
}
