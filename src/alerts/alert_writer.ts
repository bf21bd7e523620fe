import { PackWriter, type WrittenHead } from "../core/pack_writer.ts";
import type { RecordPack } from "../core/record_pack.ts";
import { TextBytes } from "../core/text_bytes.ts";
import { MAX_UNITS, RATE_SCALE } from "../market/decimal.ts";
import type { ListedSymbol, SymbolDirectory } from "../market/directory.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Condition } from "../rules/condition.ts";
import type { Match } from "../rules/evaluation.ts";
import { plainValue } from "../rules/match_values.ts";
import { windowOf } from "../rules/repeat.ts";
import { isForMany, type Rule } from "../rules/rule.ts";
import { AlertShape } from "./alert_shape.ts";
import { encodeMatch, namesOf } from "./encode_match.ts";

const encoder = new TextEncoder();
const RATE_UNIT = 10 ** RATE_SCALE;
/** The numbers, dates and names of fields in an alert, beside what its rule and its symbol say: fewer bytes than this. */
const OWN_BYTES = 700;
/** Shapes that are kept; when there are more, those that are needed are made again. */
const MOST_SHAPES = 4_096;
const NO_BYTES = new Uint8Array();

const bytesOf = (text: string) => encoder.encode(text);
const ID = bytesOf('{"id":"');
const AT = bytesOf("@");
const RULE_ID = bytesOf('","ruleId":"');
const VERSION = bytesOf('","ruleVersion":');
const ARMED = bytesOf(',"armed":');
const PRICE = bytesOf('","price":');
const RATE = bytesOf(',"rate":');
const CHANGE = bytesOf(',"change":');
const VOLUME = bytesOf(',"volume":');
const EVENT_TIME = bytesOf(',"eventTime":');
const SESSION = bytesOf(',"marketSession":"');
const ORIGIN = bytesOf(',"origin":"');
const QUOTE = bytesOf('"');
const START = bytesOf(',"windowStart":');
const END = bytesOf(',"windowEnd":');
const CLOSING = bytesOf(',"closing":true');

/** Where alerts are written and what they are written with. */
export interface AlertWriterOptions {
  /** The windows' length where a rule does not say one, ms. */
  readonly windowMs: number;
  readonly directory: SymbolDirectory;
}

interface Named {
  readonly listed: ListedSymbol | undefined;
  /** `005930","name":"…"…,"direction":"` */
  readonly bytes: Uint8Array;
}

/**
 * Writes alerts of matches as bytes, `encodeMatch` byte for byte. What alerts of rules that are alike have in common is made
 * once; the rest is the rule's id and a dozen numbers. An alert that is not so (several conditions, an id that JSON would
 * not write as it is) is written as a text.
 */
export class AlertWriter {
  readonly #options: AlertWriterOptions;
  readonly #shapes = new Map<readonly string[], AlertShape>();
  readonly #names = new Map<Symbol, Named>();
  readonly #text = new TextBytes();
  readonly #packs = new PackWriter();
  /** A window's numbers are the same in thousands of alerts. */
  #start = NaN;
  #startBytes: Uint8Array = NO_BYTES;
  #end: number | null = NaN;
  #endBytes: Uint8Array = NO_BYTES;

  constructor(options: AlertWriterOptions) {
    this.#options = options;
  }

  /** Writes a match's alert as the next record. @param headers from `packHeaders`. */
  add(match: Match, headers: Uint8Array): void {
    const { symbol: key, eventTime: timestamp } = match;
    const head = { key, timestamp, headers };
    if (!this.#addBytes(match, head)) {
      const { windowMs, directory } = this.#options;
      this.#packs.add({ ...head, value: encodeMatch(match, windowMs, directory) });
    }
  }

  /** The records since the last time, as they are sent. */
  take(): readonly RecordPack[] {
    return this.#packs.take();
  }

  /** @returns false: nothing was written. */
  #addBytes(match: Match, head: WrittenHead): boolean {
    const { rule, symbol, values } = match;
    const { conditions } = rule;
    const [condition] = conditions;
    if (condition === undefined || conditions.length > 1 || isForMany(rule)) return false;
    const shape = this.#shapeOf(rule, condition);
    const measured = values === undefined ? plainValue(condition.measure, match) : values[0];
    if (shape === undefined || measured === undefined) return false;
    const names = this.#namesOf(symbol);
    const { id, value } = rule;
    const most = OWN_BYTES + shape.length + names.length + 2 * id.length + (value?.length ?? 0);
    const text = this.#text;
    const at = this.#packs.valueAt(most, head);
    text.begin(this.#packs.bytes, at);
    this.#writeRule(match, id);
    shape.write(text, { value, threshold: condition.value, measured });
    text.raw(names);
    this.#writeTrade(match);
    this.#writeWindow(match);
    text.raw(shape.tail);
    if (text.isPlain) this.#packs.added(head, text.at - at);
    return text.isPlain;
  }

  /** @param id the rule's: one that is kept as bytes makes a text of it each time. */
  #writeRule({ rule: { armed, version }, windowStart }: Match, id: string): void {
    const text = this.#text;
    text.raw(ID);
    text.ascii(id);
    if (armed !== 1) {
      text.ascii("!");
      text.number(armed);
    }
    text.raw(AT);
    text.raw(this.#startOf(windowStart));
    text.raw(RULE_ID);
    text.ascii(id);
    text.raw(VERSION);
    text.number(version);
    text.raw(ARMED);
    text.number(armed);
  }

  #writeTrade({ price, rate, change, volume, eventTime, marketSession, origin }: Match): void {
    const text = this.#text;
    text.ascii(change > 0 ? "up" : change < 0 ? "down" : "flat");
    text.raw(PRICE);
    text.number(price);
    text.raw(RATE);
    const units = Math.round(rate * RATE_UNIT);
    if (units / RATE_UNIT === rate && Math.abs(units) <= MAX_UNITS) text.hundredths(units);
    else text.number(rate);
    text.raw(CHANGE);
    text.number(change);
    text.raw(VOLUME);
    text.number(volume);
    text.raw(EVENT_TIME);
    text.number(eventTime);
    if (marketSession !== undefined) this.#writeText(SESSION, marketSession);
    if (origin !== undefined) this.#writeText(ORIGIN, origin);
  }

  #writeText(before: Uint8Array, word: string): void {
    const text = this.#text;
    text.raw(before);
    text.ascii(word);
    text.raw(QUOTE);
  }

  #writeWindow({ rule, windowStart, closing }: Match): void {
    const text = this.#text;
    text.raw(START);
    text.raw(this.#startOf(windowStart));
    text.raw(END);
    text.raw(this.#endOf(windowOf(rule, windowStart, this.#options.windowMs).end));
    if (closing) text.raw(CLOSING);
  }

  #startOf(start: number): Uint8Array {
    if (start !== this.#start) this.#startBytes = bytesOf(String(start));
    this.#start = start;
    return this.#startBytes;
  }

  #endOf(end: number | null): Uint8Array {
    if (end !== this.#end) this.#endBytes = bytesOf(String(end));
    this.#end = end;
    return this.#endBytes;
  }

  /** What alerts of rules like this one have in common; undefined: they are written as texts. */
  #shapeOf(rule: Rule, condition: Condition): AlertShape | undefined {
    // Rules that are alike share these; what else a shape is of, it compares.
    const { recipients } = rule;
    const known = this.#shapes.get(recipients);
    if (known?.isOf(rule, condition)) return known;
    const made = AlertShape.of(rule, condition);
    if (made === undefined) return undefined;
    if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear();
    this.#shapes.set(recipients, made);
    return made;
  }

  #namesOf(symbol: Symbol): Uint8Array {
    const listed = this.#options.directory.get(symbol);
    const known = this.#names.get(symbol);
    if (known !== undefined && known.listed === listed) return known.bytes;
    const bytes = encoder.encode(`${symbol}"${namesOf(symbol, listed)},"direction":"`);
    this.#names.set(symbol, { listed, bytes });
    return bytes;
  }
}
