import { IdIndex } from "../core/id_index.ts";
import { formatUnits } from "../market/decimal.ts";
import type { Condition } from "./condition.ts";
import type { KeptRule } from "./kept_rule.ts";
import { conditionOfUnits } from "./shorthand.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Rule } from "./rule.ts";
import { scaleOf } from "./rule.ts";
import {
  AS_MADE,
  type Edited,
  editedOf,
  type FoundRule,
  LikeOther,
  type RuleTemplates,
} from "./rule_templates.ts";
import { readUuid, UUID_BYTES, writeUuid } from "./uuid_bytes.ts";

const FIRST_RULES = 256;
const FIRST_ID_BYTES = 8_192;
/** In place of a value's units: the kind has none. */
const NO_VALUE = -0x8000_0000;

/** A rule that is to be kept. */
export interface ArenaRecord {
  readonly key: string;
  readonly found: Readonly<FoundRule>;
  /** The write's name, a UUID as control makes them; undefined: it has none. */
  readonly write: string | undefined;
}

/**
 * Rules that are like others, as bytes and numbers: some 70 bytes each in a few large buffers that the collector does not go
 * through. Rules only come; one that is replaced is dropped, which its place remembers. Nothing of a rule changes, so
 * whoever has it may keep it.
 */
export class RuleArena {
  readonly #templates: RuleTemplates;
  #count = 0;
  #dropped = 0;
  #ids = new Uint8Array(FIRST_ID_BYTES);
  #idsAt = 0;
  #idFrom = new Uint32Array(FIRST_RULES + 1);
  #template = new Uint16Array(FIRST_RULES);
  #symbol = new Uint32Array(FIRST_RULES);
  #units = new Int32Array(FIRST_RULES);
  #createdAt = new Float64Array(FIRST_RULES);
  #writes = new Uint8Array(0);
  #isDropped = new Uint8Array(FIRST_RULES);
  readonly #edited = new Map<number, Edited>();
  readonly #places = new IdIndex((at, id) => this.#isIdOf(at, id));
  readonly #glanced: ArenaRule;

  constructor(templates: RuleTemplates) {
    this.#templates = templates;
    this.#glanced = new ArenaRule(this, 0);
  }

  /** How many rules there are. */
  get size(): number {
    return this.#count - this.#dropped;
  }

  /** Where a rule is; undefined: it is not here, or dropped. */
  find(id: string): number | undefined {
    const at = this.#places.get(id);
    return at === undefined || this.#isDropped[at] === 1 ? undefined : at;
  }

  /**
   * Takes a rule that is not known here.
   *
   * @returns false: it is not one that can be kept so, or it was here before.
   */
  add({ key, found, write }: ArenaRecord): boolean {
    if (this.#places.get(key) !== undefined) return false;
    if (this.#count === this.#units.length) this.#moreRules();
    const at = this.#count;
    if (!this.#keepWrite(at, write)) return false;
    this.#keepId(at, key);
    this.#template[at] = found.template;
    this.#symbol[at] = found.symbol;
    this.#units[at] = found.units ?? NO_VALUE;
    this.#createdAt[at] = found.createdAt;
    const edited = editedOf(found);
    if (edited !== AS_MADE) this.#edited.set(at, edited);
    this.#places.set(key, at);
    this.#count++;
    return true;
  }

  /** A rule is gone, or kept elsewhere from now on. */
  drop(at: number): void {
    this.#isDropped[at] = 1;
    this.#dropped++;
  }

  ruleAt(at: number): Rule {
    return new ArenaRule(this, at);
  }

  *rules(): IterableIterator<Rule> {
    for (let at = 0; at < this.#count; at++) if (this.#isDropped[at] === 0) yield new ArenaRule(this, at);
  }

  /** The places of all rules that stand. */
  places(): Int32Array {
    const places = new Int32Array(this.size);
    let length = 0;
    for (let at = 0; at < this.#count; at++) if (this.#isDropped[at] === 0) places[length++] = at;
    return places;
  }

  /** A rule to be read now: the same object is the next rule at the next call. */
  glance(at: number): Rule {
    return this.#glanced.moved(at);
  }

  idAt(at: number): string {
    return textOf(this.#ids, this.#idFrom[at]!, this.#idFrom[at + 1]!);
  }

  /** The name of the write that a rule comes of. */
  writeAt(at: number): string | undefined {
    return readUuid(this.#writes, at * UUID_BYTES);
  }

  symbolAt(at: number): Symbol {
    return this.#templates.symbolAt(this.#symbol[at]!);
  }

  likeAt(at: number): Rule {
    return this.#templates.ruleAt(this.#template[at]!);
  }

  editedAt(at: number): Edited {
    return this.#edited.get(at) ?? AS_MADE;
  }

  createdAt(at: number): number {
    return this.#createdAt[at]!;
  }

  unitsAt(at: number): number | null {
    const units = this.#units[at]!;
    return units === NO_VALUE ? null : units;
  }

  valueAt(at: number): string | null {
    const units = this.unitsAt(at);
    return units === null ? null : formatUnits(units, scaleOf(this.likeAt(at).kind));
  }

  #keepId(at: number, id: string): void {
    if (this.#idsAt + id.length > this.#ids.length) {
      this.#ids = grown(this.#ids, Math.max(2 * this.#ids.length, this.#idsAt + id.length));
    }
    for (let index = 0; index < id.length; index++) this.#ids[this.#idsAt + index] = id.charCodeAt(index);
    this.#idFrom[at] = this.#idsAt;
    this.#idFrom[at + 1] = this.#idsAt += id.length;
  }

  #keepWrite(at: number, write: string | undefined): boolean {
    const from = at * UUID_BYTES;
    this.#writes.fill(0, from, from + UUID_BYTES);
    if (write === undefined) return true;
    if (this.#writes.length < from + UUID_BYTES) {
      this.#writes = grown(this.#writes, this.#units.length * UUID_BYTES);
    }
    return writeUuid(this.#writes, from, write);
  }

  #moreRules(): void {
    const count = 2 * this.#count;
    this.#idFrom = grown(this.#idFrom, count + 1);
    this.#template = grown(this.#template, count);
    this.#symbol = grown(this.#symbol, count);
    this.#units = grown(this.#units, count);
    this.#createdAt = grown(this.#createdAt, count);
    this.#isDropped = grown(this.#isDropped, count);
  }

  #isIdOf(at: number, id: string): boolean {
    const from = this.#idFrom[at]!;
    if (this.#idFrom[at + 1]! - from !== id.length) return false;
    for (let index = 0; index < id.length; index++) {
      if (this.#ids[from + index] !== id.charCodeAt(index)) return false;
    }
    return true;
  }
}

/** A rule of an arena: only where it is. */
class ArenaRule extends LikeOther implements KeptRule {
  readonly #arena: RuleArena;
  #at: number;

  constructor(arena: RuleArena, at: number) {
    super();
    this.#arena = arena;
    this.#at = at;
  }

  moved(at: number): this {
    this.#at = at;
    return this;
  }

  get arena(): RuleArena {
    return this.#arena;
  }
  get at(): number {
    return this.#at;
  }
  get id(): string {
    return this.#arena.idAt(this.#at);
  }
  get symbol(): Symbol {
    return this.#arena.symbolAt(this.#at);
  }
  get value(): string | null {
    return this.#arena.valueAt(this.#at);
  }
  override get conditions(): readonly Condition[] {
    const { like } = this;
    const units = this.#arena.unitsAt(this.#at);
    return units === null ? like.conditions : [conditionOfUnits(like, units)];
  }
  get createdAt(): number {
    return this.#arena.createdAt(this.#at);
  }
  protected get like(): Rule {
    return this.#arena.likeAt(this.#at);
  }
  protected get edited(): Edited {
    return this.#arena.editedAt(this.#at);
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
  array: T,
  length: number,
): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]);
}
