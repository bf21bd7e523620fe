import { type KeptRule, keptRule } from "../rules/kept_rule.ts";
import type { Rule } from "../rules/rule.ts";

/** No rule, or one that is an object. */
const NOT_KEPT = -1;

/**
 * The rule of each ordinal. Of a rule that an arena keeps it has only the place: a million objects would be gone through by
 * the collector again and again.
 */
export class RuleSlots {
  #length = 0;
  #arena: KeptRule["arena"] | undefined;
  #places = new Int32Array(0);
  /** Of the rules that are objects; as long as there are slots once there is one. */
  readonly #objects: (Rule | undefined)[] = [];

  get length(): number {
    return this.#length;
  }

  /** @param count not less than there are. */
  grow(count: number): void {
    this.#length = count;
    if (this.#objects.length > 0) this.#objects.length = count;
    if (this.#arena !== undefined) this.#growPlaces();
  }

  /** The rule of an ordinal; an arena's is made anew each time. */
  get(ordinal: number): Rule | undefined {
    const at = ordinal < this.#places.length ? this.#places[ordinal]! : NOT_KEPT;
    return at === NOT_KEPT ? this.#objects[ordinal] : this.#arena!.ruleAt(at);
  }

  has(ordinal: number): boolean {
    return (ordinal < this.#places.length && this.#places[ordinal] !== NOT_KEPT) ||
      this.#objects[ordinal] !== undefined;
  }

  /** Whether an ordinal's rule is this very one. */
  is(ordinal: number, rule: Rule): boolean {
    const kept = keptRule(rule);
    if (kept === undefined || kept.arena !== this.#arena) return this.#objects[ordinal] === rule;
    return ordinal < this.#places.length && this.#places[ordinal] === kept.at;
  }

  set(ordinal: number, rule: Rule | undefined): void {
    const kept = rule && keptRule(rule);
    if (kept !== undefined && this.#arena === undefined) {
      this.#arena = kept.arena;
      this.#growPlaces();
    }
    const isKept = kept !== undefined && kept.arena === this.#arena;
    if (ordinal < this.#places.length) this.#places[ordinal] = isKept ? kept.at : NOT_KEPT;
    if (isKept || rule === undefined) {
      if (ordinal < this.#objects.length) this.#objects[ordinal] = undefined;
      return;
    }
    if (this.#objects.length === 0) this.#objects.length = this.#length;
    this.#objects[ordinal] = rule;
  }

  #growPlaces(): void {
    const { length } = this.#places;
    if (length >= this.#length) return;
    const larger = new Int32Array(Math.max(this.#length, length + (length >> 1))).fill(NOT_KEPT, length);
    larger.set(this.#places);
    this.#places = larger;
  }
}
