import { assert } from "../core/errors.ts";
import { seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import type { FiredMark } from "../rules/evaluation.ts";
import { dailyShare } from "../rules/daily_share.ts";
import { isForMany, type Rule, type RuleList } from "../rules/rule.ts";
import { BulkItems } from "./bulk_items.ts";
import { DEFAULT_CLASS, type WindowClasses } from "./classes.ts";
import { ExpiryQueue } from "./expiry.ts";
import type { KeyedLanes } from "./keyed_lanes.ts";
import { Marks } from "./marks.ts";
import type { EngineExports } from "./module.ts";
import { Ordinals } from "./ordinals.ts";
import { type Placement, plainPlacement } from "./plan.ts";
import { RuleSlots } from "./rule_slots.ts";
import type { Symbols } from "./symbols.ts";
import { DAY_MS, KEEP_TRADES } from "../../wasm/layout.ts";
import type { Views } from "./views.ts";
import type { Windows } from "./windows.ts";

/** Fewer rules than this, or than a share of those that stand, are put one by one: sorting all would cost more. */
const BULK_MINIMUM = 64;
const BULK_SHARE = 8;

/** What the table works with. */
export interface RuleTableOptions {
  readonly wasm: EngineExports;
  readonly views: Views;
  readonly symbols: Symbols;
  readonly classes: WindowClasses;
  readonly windows: Windows;
  readonly keyed: KeyedLanes;
  /** Of the trades topic: each has its share of a rule's alerts a day. */
  readonly partitions: number;
  /** Whether the symbols' last trades are kept from the beginning; else from the first rule on that needs them. */
  readonly keepTrades: boolean;
}

/** Of a rule that does not come in with many others. */
const NO_LANE = -1;

/** Where an ordinal's rule stands. */
const NOWHERE = 0;
const PLAIN = 1;
const KEYED = 2;

/**
 * The rules by ordinal, and which of them stand in the module's lanes: those that are enabled and have not expired by
 * the watermark. The others only keep their ordinal, and with it what they have fired.
 *
 * An ordinal stands for an arming of a rule: a rule that is armed anew gets another one, so what it fired before counts
 * no more.
 */
export class RuleTable {
  readonly #options: RuleTableOptions;
  readonly #ordinals = new Ordinals((ordinal) => {
    const rule = this.#rules.get(ordinal);
    return rule && keyOf(rule);
  });
  /** The key of each rule whose ordinal is not under its id alone. */
  readonly #keys = new Map<string, string>();
  readonly #rules = new RuleSlots();
  #placed = new Uint8Array(1024);
  /** Which ordinals' rules have conditions or a share written in the module. */
  readonly #extras = new Set<number>();
  readonly #expiry = new ExpiryQueue();
  readonly #marks = new Marks();
  /** The alerts that were counted from marks, until the day turns. */
  readonly #counted = new Set<string>();
  #countedOn = 0;
  #today = 0;
  #count = 0;
  #keeps = false;

  constructor(options: RuleTableOptions) {
    this.#options = options;
    if (options.keepTrades) this.#keepTrades();
  }

  /** Whether the symbols' last trades are kept. */
  get keepsTrades(): boolean {
    return this.#keeps;
  }

  #keepTrades(): void {
    if (!this.#keeps) this.#options.wasm.keep(KEEP_TRADES);
    this.#keeps = true;
  }

  get count(): number {
    return this.#count;
  }

  /** The rule of an ordinal. */
  ruleAt(ordinal: number): Rule | undefined {
    return this.#rules.get(ordinal);
  }

  /** When the next rule expires, epoch ms; Infinity when none does. */
  get nextExpiry(): number {
    return this.#expiry.nextAt;
  }

  put(rule: Rule, watermark: number): void {
    const known = this.#ordinalOf(rule.id);
    if (known !== undefined && this.#rules.has(known)) {
      this.#takeOut(known);
      if (this.#keyOf(rule.id) !== keyOf(rule)) this.#forget(known, watermark);
    }
    const ordinal = this.#claim(rule);
    this.#writeExtra(rule, ordinal, known);
    this.#set(ordinal, rule, watermark);
    for (const mark of this.#marks.take(rule.id)) this.#mark(ordinal, rule, mark);
    if (isActive(rule, watermark)) this.#place(ordinal, rule);
  }

  remove(id: string, watermark: number): void {
    const ordinal = this.#ordinalOf(id);
    if (ordinal === undefined || !this.#rules.has(ordinal)) return;
    this.#takeOut(ordinal);
    this.#forget(ordinal, watermark);
  }

  /** Says that a rule has fired, whether it is known or not. */
  restore(mark: FiredMark): void {
    const ordinal = this.#ordinalOf(mark.ruleId);
    const rule = ordinal === undefined ? undefined : this.#rules.get(ordinal);
    if (ordinal === undefined || rule === undefined) this.#marks.keep(mark);
    else this.#mark(ordinal, rule, mark);
  }

  /**
   * The partition's time has come so far: frees the ordinals of rules that are gone, and what no window remembers.
   *
   * @param oldest trades before this time are late.
   */
  retire(watermark: number, oldest: number): void {
    for (const ordinal of this.#ordinals.retire(watermark)) {
      if (this.#extras.delete(ordinal)) this.#options.wasm.clearExtra(ordinal);
    }
    this.#marks.forgetBefore(oldest - DAY_MS);
    const day = seoulDay(oldest);
    if (day > this.#countedOn) this.#counted.clear();
    this.#countedOn = day;
  }

  /** Takes the rules out of their lanes that have expired at the watermark. */
  expire(watermark: number): void {
    const day = seoulDay(watermark);
    if (day > this.#today) {
      this.#today = day;
      this.markDue();
    }
    for (;;) {
      const expired = this.#expiry.takeExpired(watermark);
      if (expired === undefined) return;
      if (this.#rules.is(expired.ordinal, expired.rule)) this.#takeOut(expired.ordinal);
    }
  }

  /** Puts many rules; of those with one id the last stands. */
  load(rules: RuleList, watermark: number): void {
    if (rules.length < BULK_MINIMUM || rules.length * BULK_SHARE < this.#count) {
      for (let each = 0; each < rules.length; each++) this.put(rules.at(each)!, watermark);
      return;
    }
    const lanes = new Int8Array(rules.length).fill(NO_LANE);
    const thresholds = new Int32Array(rules.length);
    // Rules of one id come in together, one after the other.
    const others = new Set<string>();
    for (let each = 0; each < rules.length; each++) {
      const rule = rules.at(each)!;
      const placement = this.#isFresh(rule, watermark) ? this.#plainPlacement(rule) : undefined;
      if (placement === undefined) others.add(rule.id);
      else {
        lanes[each] = placement.lane;
        thresholds[each] = placement.threshold;
      }
    }
    if (others.size > 0) {
      for (let each = 0; each < rules.length; each++) {
        if (lanes[each] !== NO_LANE && others.has(rules.at(each)!.id)) lanes[each] = NO_LANE;
      }
    }
    this.#loadPlain(rules, { lanes, thresholds }, watermark);
    if (others.size === 0) return;
    for (let each = 0; each < rules.length; each++) {
      const rule = rules.at(each)!;
      if (others.has(rule.id)) this.put(rule, watermark);
    }
  }

  /** Whether nothing is known of a rule that is to stand in a lane, so that it may come in with many others. */
  #isFresh(rule: Rule, watermark: number): boolean {
    if (rule.armed !== 1 || rule.repeat === "once" || rule.maxAlertsPerDay !== null) return false;
    if (!isActive(rule, watermark)) return false;
    if (this.#ordinals.isEmpty && this.#keys.size === 0 && this.#marks.isEmpty) return true;
    const { id } = rule;
    return this.#ordinals.get(id) === undefined && !this.#keys.has(id) && !this.#marks.has(id);
  }

  /** Puts the rules that have a lane. */
  #loadPlain(
    rules: RuleList,
    { lanes, thresholds }: { readonly lanes: Int8Array; readonly thresholds: Int32Array },
    watermark: number,
  ): void {
    const { wasm, views, symbols } = this.#options;
    const fresh = lanes.reduce((count, lane) => lane === NO_LANE ? count : count + 1, 0);
    if (fresh === 0) return;
    const items = new BulkItems(wasm, views, this.#rules.length + fresh);
    for (let ordinal = 0; ordinal < this.#rules.length; ordinal++) {
      if (this.#placed[ordinal] !== PLAIN) continue;
      const rule = this.#rules.get(ordinal)!;
      items.add(symbols.indexOf(rule.symbol as string), this.#plainPlacement(rule) as Placement, ordinal);
    }
    const known = items.length;
    for (let each = 0; each < rules.length; each++) {
      const [lane, threshold] = [lanes[each]!, thresholds[each]!];
      if (lane !== NO_LANE) items.add(symbols.indexOf(rules.at(each)!.symbol as string), { lane, threshold });
    }
    const firstNew = this.#ordinals.reserve(items.length - known);
    this.#makeRoom();
    items.fill(firstNew);
    let doubled = false;
    let item = known;
    for (let each = 0; each < rules.length; each++) {
      if (lanes[each] === NO_LANE) continue;
      const rule = rules.at(each)!;
      const ordinal = items.ordinalOf(item++);
      if (!this.#ordinals.assign(rule.id, ordinal)) doubled = true;
      this.#set(ordinal, rule, watermark);
      this.#placed[ordinal] = PLAIN;
    }
    items.give();
    if (doubled) this.#dropOverruled();
  }

  /** Takes out the rules whose id came again later in the same load. */
  #dropOverruled(): void {
    for (let ordinal = 0; ordinal < this.#rules.length; ordinal++) {
      const rule = this.#rules.get(ordinal);
      if (rule === undefined || this.#ordinalOf(rule.id) === ordinal) continue;
      this.#takeOut(ordinal);
      this.#rules.set(ordinal, undefined);
      this.#count--;
      this.#ordinals.release(ordinal);
    }
  }

  #plainPlacement(rule: Rule): Placement | undefined {
    return plainPlacement(rule, this.#options.classes.of(rule).number === DEFAULT_CLASS);
  }

  #place(ordinal: number, rule: Rule): void {
    const { wasm, symbols, keyed } = this.#options;
    const plain = this.#plainPlacement(rule);
    if (plain === undefined) {
      this.#keepTrades();
      keyed.put(rule, ordinal);
    } else wasm.insertRule(symbols.indexOf(rule.symbol as string), plain.lane, plain.threshold, ordinal);
    this.#placed[ordinal] = plain === undefined ? KEYED : PLAIN;
  }

  /** Takes the ordinal's rule out of its lanes, if it stands in any. */
  #takeOut(ordinal: number): void {
    const placed = this.#placed[ordinal];
    if (placed === NOWHERE) return;
    const { wasm, symbols, keyed } = this.#options;
    const rule = this.#rules.get(ordinal) as Rule;
    if (placed === KEYED) keyed.take(rule, ordinal);
    else {
      const { lane, threshold } = this.#plainPlacement(rule) as Placement;
      const there = wasm.removeRule(symbols.indexOf(rule.symbol as string), lane, threshold, ordinal);
      assert(there === 1, "a rule does not stand where it was put");
    }
    this.#placed[ordinal] = NOWHERE;
  }

  /** Writes what the rule has beside its threshold; alerts of an earlier arming count for its day. */
  #writeExtra(rule: Rule, ordinal: number, before: number | undefined): void {
    const { keyed, partitions } = this.#options;
    const share = rule.maxAlertsPerDay === null ? 0 : dailyShare(rule, partitions);
    if (share === 0 && rule.conditions.length === 1 && !this.#extras.has(ordinal)) return;
    const from = before !== undefined && !this.#extras.has(ordinal) && this.#extras.has(before)
      ? before
      : ordinal;
    keyed.writeExtra(rule, ordinal, { share, from });
    this.#extras.add(ordinal);
  }

  /** Sets what a mark says, where it is of the rule as it is armed now. */
  #mark(ordinal: number, rule: Rule, mark: FiredMark): void {
    this.#countMark(ordinal, rule, mark);
    if (mark.armed !== rule.armed || (mark.symbol !== null) !== isForMany(rule)) return;
    const { wasm, symbols, classes, windows } = this.#options;
    const window = classes.windowAt(rule, mark.windowStart);
    if (classes.startOf(rule, window) !== mark.windowStart) return;
    const plain = this.#plainPlacement(rule) !== undefined;
    if (plain && window > windows.newest) return this.#marks.keep(mark);
    const symbol = symbols.indexOf(mark.symbol ?? rule.symbol as string);
    if (!plain) wasm.markKeyed(classes.of(rule).number, window, ordinal, symbol);
    else if (window >= windows.oldest) wasm.restoreFired(ordinal, window);
  }

  /** Counts an alert for its day, also one of an earlier arming; each once. */
  #countMark(ordinal: number, rule: Rule, { ruleId, symbol, armed, windowStart, at }: FiredMark): void {
    if (at === undefined || rule.maxAlertsPerDay === null) return;
    // Of a day that is still to come: what is counted of the days until then is not to be lost for it.
    if (seoulDay(at) > this.#today) return this.#marks.keep({ ruleId, symbol, armed, windowStart, at });
    const key = `${ruleId}:${symbol}!${armed}@${windowStart}`;
    if (this.#counted.has(key)) return;
    this.#counted.add(key);
    this.#options.wasm.countAlert(ordinal, seoulDay(at));
  }

  /** Marks of windows that have opened meanwhile. */
  markDue(): void {
    for (const id of this.#marks.ids()) {
      const ordinal = this.#ordinalOf(id);
      const rule = ordinal === undefined ? undefined : this.#rules.get(ordinal);
      if (ordinal === undefined || rule === undefined) continue;
      for (const mark of this.#marks.take(id)) this.#mark(ordinal, rule, mark);
    }
  }

  /** The rule is gone from an ordinal, which remembers what it fired for as long as a window lives that saw it. */
  #forget(ordinal: number, watermark: number): void {
    const rule = this.#rules.get(ordinal) as Rule;
    const { classes, windows } = this.#options;
    // Its alerts of the day are counted to the day's end, also when it comes back armed anew.
    const counted = rule.maxAlertsPerDay === null ? 0 : startOfSeoulDay(seoulDay(watermark) + 1);
    this.#ordinals.haunt(
      this.#keyOf(rule.id),
      windows.graceEnd(Math.max(counted, classes.endAfter(rule, watermark))),
    );
    this.#rules.set(ordinal, undefined);
    this.#count--;
  }

  #keyOf(id: string): string {
    return this.#keys.get(id) ?? id;
  }

  #ordinalOf(id: string): number | undefined {
    return this.#ordinals.get(this.#keyOf(id));
  }

  /** The rule's ordinal, a new one if its arming has none, with room for it everywhere. */
  #claim(rule: Rule): number {
    const key = keyOf(rule);
    if (key !== rule.id) this.#keys.set(rule.id, key);
    else this.#keys.delete(rule.id);
    const ordinal = this.#ordinals.claim(key);
    if (ordinal >= this.#rules.length) this.#makeRoom();
    return ordinal;
  }

  /** Room for every ordinal that has been given out. */
  #makeRoom(): void {
    this.#options.wasm.reserveRules(this.#ordinals.limit);
    this.#rules.grow(this.#ordinals.limit);
    if (this.#placed.length >= this.#rules.length) return;
    const larger = new Uint8Array(Math.max(this.#rules.length, 2 * this.#placed.length));
    larger.set(this.#placed);
    this.#placed = larger;
  }

  #set(ordinal: number, rule: Rule, watermark: number): void {
    if (!this.#rules.has(ordinal)) this.#count++;
    this.#rules.set(ordinal, rule);
    this.#options.wasm.setArmedAt(ordinal, rule.armedAt);
    if (rule.expiresAt === null || !isActive(rule, watermark)) return;
    // A rule that is only read while rules are loaded is another one next.
    this.#expiry.add(this.#rules.get(ordinal)!, ordinal);
    if (this.#expiry.size > 2 * this.#count + 1024) {
      this.#expiry.keep((expiring) => this.#rules.is(expiring.ordinal, expiring.rule));
    }
  }
}

/** What an arming of a rule is known by. The window of a rule that fires once is the moment it was armed. */
function keyOf({ id, armed, armedAt, repeat }: Rule): string {
  const once = repeat === "once" ? `@${armedAt}` : "";
  return armed === 1 && once === "" ? id : `${id}!${armed}${once}`;
}

/** Whether a rule may fire at all. */
function isActive(rule: Rule, watermark: number): boolean {
  return rule.enabled && (rule.expiresAt === null || rule.expiresAt > watermark);
}
