import { assert } from "../core/errors.ts";
import type { Rule } from "../rules/rule.ts";
import { BulkItems } from "./bulk_items.ts";
import { ExpiryQueue } from "./expiry.ts";
import { type EngineExports, packSymbol } from "./module.ts";
import { Ordinals } from "./ordinals.ts";
import { placementOf } from "./placement.ts";
import type { Views } from "./views.ts";

/** Fewer rules than this, or than a share of those that stand, are put one by one: sorting all would cost more. */
const BULK_MINIMUM = 64;
const BULK_SHARE = 8;

/**
 * The rules by ordinal, and which of them stand in the module's lanes: those that are enabled and have not expired by
 * the watermark. The others only keep their ordinal, and with it what they have fired.
 */
export class RuleTable {
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #ordinals = new Ordinals();
  readonly #rules: (Rule | undefined)[] = [];
  /** Whether the ordinal's rule stands in a lane: 1, else 0. */
  #placed = new Uint8Array(1024);
  readonly #symbols = new Map<string, number>();
  readonly #expiry = new ExpiryQueue();
  #count = 0;

  constructor(wasm: EngineExports, views: Views) {
    this.#wasm = wasm;
    this.#views = views;
  }

  get count(): number {
    return this.#count;
  }

  /** The rule of each ordinal. */
  get byOrdinal(): readonly (Rule | undefined)[] {
    return this.#rules;
  }

  /** When the next rule expires, epoch ms; Infinity when none does. */
  get nextExpiry(): number {
    return this.#expiry.nextAt;
  }

  put(rule: Rule, watermark: number): void {
    const ordinal = this.#claim(rule.id);
    this.#takeOut(ordinal);
    this.#set(ordinal, rule, watermark);
    if (!isActive(rule, watermark)) return;
    const { lane, threshold } = placementOf(rule);
    this.#wasm.insertRule(this.#symbolIndex(symbolOf(rule)), lane, threshold, ordinal);
    this.#placed[ordinal] = 1;
  }

  remove(id: string, newestWindow: number): void {
    const ordinal = this.#ordinals.get(id);
    if (ordinal === undefined || this.#rules[ordinal] === undefined) return;
    this.#takeOut(ordinal);
    this.#rules[ordinal] = undefined;
    this.#count--;
    this.#ordinals.haunt(id, newestWindow);
  }

  /** Says that an id has fired in a live window, whether it has a rule or not. */
  markFired(id: string, window: number, newestWindow: number): void {
    const ordinal = this.#ordinals.get(id) ?? this.#claim(id);
    if (this.#rules[ordinal] === undefined) this.#ordinals.haunt(id, newestWindow);
    this.#wasm.restoreFired(ordinal, window);
  }

  /** Forgets the ids without a rule that no live window has seen. */
  retire(oldestLive: number): void {
    this.#ordinals.retire(oldestLive);
  }

  /** Takes the rules out of their lanes that have expired at the watermark. */
  expire(watermark: number): void {
    for (;;) {
      const expired = this.#expiry.takeExpired(watermark);
      if (expired === undefined) return;
      if (this.#rules[expired.ordinal] === expired.rule) this.#takeOut(expired.ordinal);
    }
  }

  /** Puts many rules; of those with one id the last stands. */
  load(rules: readonly Rule[], watermark: number): void {
    if (rules.length < BULK_MINIMUM || rules.length * BULK_SHARE < this.#count) {
      for (const rule of rules) this.put(rule, watermark);
      return;
    }
    const fresh = this.#ordinals.isEmpty ? rules : this.#replaceKnown(rules, watermark);
    const items = new BulkItems(this.#wasm, this.#views, this.#rules.length + fresh.length);
    for (let ordinal = 0; ordinal < this.#rules.length; ordinal++) {
      const rule = this.#rules[ordinal];
      if (rule === undefined || !isActive(rule, watermark)) continue;
      items.add(this.#symbolIndex(symbolOf(rule)), placementOf(rule), ordinal);
      this.#placed[ordinal] = 1;
    }
    const known = items.length;
    for (const rule of fresh) {
      if (isActive(rule, watermark)) items.add(this.#symbolIndex(symbolOf(rule)), placementOf(rule));
    }
    const firstNew = this.#ordinals.reserve(items.length - known);
    this.#makeRoom();
    items.fill(firstNew);
    this.#takeFresh(fresh, { items, known, watermark });
    items.give();
  }

  /** Takes over the rules that a bulk load brought, those with a lane under the ordinals it gave them. */
  #takeFresh(fresh: readonly Rule[], load: { items: BulkItems; known: number; watermark: number }): void {
    let item = load.known;
    let doubled = false;
    for (const rule of fresh) {
      if (!isActive(rule, load.watermark)) {
        this.put(rule, load.watermark);
        continue;
      }
      const ordinal = load.items.ordinalOf(item++);
      if (!this.#ordinals.assign(rule.id, ordinal)) doubled = true;
      this.#set(ordinal, rule, load.watermark);
      this.#placed[ordinal] = 1;
    }
    if (doubled) this.#dropOverruled();
  }

  /** Takes out the rules whose id came again later in the same load. */
  #dropOverruled(): void {
    for (let ordinal = 0; ordinal < this.#rules.length; ordinal++) {
      const rule = this.#rules[ordinal];
      if (rule === undefined || this.#ordinals.get(rule.id) === ordinal) continue;
      this.#takeOut(ordinal);
      this.#rules[ordinal] = undefined;
      this.#count--;
      this.#ordinals.release(ordinal);
    }
  }

  /** Replaces the rules whose ids are known, without a look at the lanes, and answers the others. */
  #replaceKnown(rules: readonly Rule[], watermark: number): Rule[] {
    const fresh: Rule[] = [];
    for (const rule of rules) {
      if (this.#ordinals.get(rule.id) === undefined) {
        fresh.push(rule);
        continue;
      }
      const ordinal = this.#claim(rule.id);
      this.#placed[ordinal] = 0;
      this.#set(ordinal, rule, watermark);
    }
    return fresh;
  }

  /** The id's ordinal, a new one if it has none, with room for it everywhere. */
  #claim(id: string): number {
    const ordinal = this.#ordinals.claim(id);
    if (ordinal >= this.#rules.length) this.#makeRoom();
    return ordinal;
  }

  /** Room for every ordinal that has been given out. */
  #makeRoom(): void {
    this.#wasm.reserveRules(this.#ordinals.limit);
    this.#rules.length = this.#ordinals.limit;
    if (this.#placed.length >= this.#rules.length) return;
    const larger = new Uint8Array(Math.max(this.#rules.length, 2 * this.#placed.length));
    larger.set(this.#placed);
    this.#placed = larger;
  }

  #set(ordinal: number, rule: Rule, watermark: number): void {
    if (this.#rules[ordinal] === undefined) this.#count++;
    this.#rules[ordinal] = rule;
    if (rule.expiresAt === null || !isActive(rule, watermark)) return;
    this.#expiry.add(rule, ordinal);
    if (this.#expiry.size > 2 * this.#count + 1024) {
      this.#expiry.keep((expiring) => this.#rules[expiring.ordinal] === expiring.rule);
    }
  }

  /** Takes the ordinal's rule out of its lane, if it stands in one. */
  #takeOut(ordinal: number): void {
    if (!this.#placed[ordinal]) return;
    const rule = this.#rules[ordinal] as Rule;
    const { lane, threshold } = placementOf(rule);
    const there = this.#wasm.removeRule(this.#symbolIndex(symbolOf(rule)), lane, threshold, ordinal);
    assert(there === 1, "a rule does not stand where it was put");
    this.#placed[ordinal] = 0;
  }

  #symbolIndex(symbol: string): number {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const { low, high } = packSymbol(symbol);
    const index = this.#wasm.addSymbolCode(low, high);
    this.#symbols.set(symbol, index);
    return index;
  }
}

/** Whether a rule may fire at all: only what a lane can say does. */
function isActive(rule: Rule, watermark: number): boolean {
  const isPlain = rule.symbol !== null && rule.kind !== "condition" && rule.on === "level" &&
    rule.repeat === null && rule.sessions === null;
  return isPlain && rule.enabled && (rule.expiresAt === null || rule.expiresAt > watermark);
}

/** The symbol of a rule that stands in a lane. */
function symbolOf(rule: Rule): string {
  assert(rule.symbol !== null, `rule ${rule.id} has no lane of its own`);
  return rule.symbol as string;
}
