/**
 * The text of a rule of one symbol as `encodeRule` writes it, taken apart where rules of one hand differ: id, symbol, value,
 * version and times. Read of its bytes, without a text or an object in between: there may be a million.
 */
export class RuleText {
  bytes: Uint8Array = new Uint8Array();
  /** Of the whole buffer that the bytes are a part of: most records of a batch share it. */
  view = new DataView(this.bytes.buffer);
  /** Where what is the same in rules that are alike begins and ends, three times. */
  idEnd = 0;
  symbolAt = 0;
  symbolEnd = 0;
  /** Of the value's opening quote, or of `null`. */
  valueAt = 0;
  /** Of the value's closing quote; {@link valueAt} where it is null. */
  valueEnd = 0;
  numbersAt = 0;
  version = 0;
  armed = 0;
  armedAt = 0;
  createdAt = 0;
  updatedAt = 0;
  #at = 0;

  /** Whether the value is null. */
  get isNull(): boolean {
    return this.valueEnd === this.valueAt;
  }

  /** @returns false for any other text: the full parser reads it. */
  read(key: string, bytes: Uint8Array): boolean {
    this.bytes = bytes;
    if (bytes.buffer !== this.view.buffer) this.view = new DataView(bytes.buffer);
    this.#at = 0;
    return this.#upToSymbol(key) && this.#upToValue() && this.#numbers();
  }

  #upToSymbol(key: string): boolean {
    if (!this.#skip(BEFORE_ID)) return false;
    const { bytes } = this;
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      if (code > 0x7e || bytes[this.#at + index] !== code) return false;
    }
    this.idEnd = this.#at += key.length;
    if (!this.#skip(BEFORE_TENANT)) return false;
    this.#toQuote();
    if (!this.#skip(BEFORE_SYMBOL)) return false;
    this.symbolAt = this.#at;
    this.symbolEnd = this.#at += SYMBOL_LENGTH;
    return this.#skip(BEFORE_KIND);
  }

  #upToValue(): boolean {
    this.#toQuote();
    if (!this.#skip(BEFORE_COMPARATOR)) return false;
    const { bytes } = this;
    if (bytes[this.#at] === QUOTE) {
      this.#at++;
      this.#toQuote();
      this.#at++;
    } else if (!this.#skip(NULL)) return false;
    if (!this.#skip(BEFORE_VALUE)) return false;
    this.valueAt = this.#at;
    if (bytes[this.#at] === QUOTE) {
      this.#at++;
      this.#toQuote();
    }
    this.valueEnd = this.#at;
    return true;
  }

  #numbers(): boolean {
    const least = Math.max(this.valueEnd, this.bytes.length - MOST_NUMBERS);
    let at = this.bytes.length - BEFORE_VERSION.length;
    while (at >= least && !this.#stands(BEFORE_VERSION, at)) at--;
    if (at < least) return false;
    this.numbersAt = at;
    this.#at = at + BEFORE_VERSION.length;
    this.version = this.#number(SHORT_DIGITS);
    this.armed = this.#skip(BEFORE_ARMED) ? this.#number(SHORT_DIGITS) : 1;
    const armedAt = this.#skip(BEFORE_ARMED_AT) ? this.#number(LONG_DIGITS) : undefined;
    if (!this.#skip(BEFORE_CREATED)) return false;
    this.createdAt = this.#number(LONG_DIGITS);
    if (!this.#skip(BEFORE_UPDATED)) return false;
    this.updatedAt = this.#number(LONG_DIGITS);
    this.armedAt = armedAt ?? this.createdAt;
    return this.version > 0 && this.armed > 0 && this.armedAt >= 0 && this.createdAt >= 0 &&
      this.updatedAt >= 0 &&
      this.bytes[this.#at] === CLOSE && this.#at === this.bytes.length - 1;
  }

  /** A whole number without zeros before it; NaN: there is none of so few digits. */
  #number(most: number): number {
    const { bytes } = this;
    const from = this.#at;
    let value = 0;
    for (; this.#at - from < most; this.#at++) {
      const digit = bytes[this.#at]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const length = this.#at - from;
    return length === 0 || (length > 1 && bytes[from] === ZERO) ? NaN : value;
  }

  /**
   * The value in units of a scale of 0 or 2; undefined: it is not written in its shortest form, or not surely in range, and
   * is for the full parser.
   */
  units(scale: number): number | undefined {
    this.#at = this.valueAt + 1;
    const whole = this.#number(scale === 0 ? SHORT_DIGITS : SHORT_DIGITS - 2);
    if (Number.isNaN(whole)) return undefined;
    if (scale === 0) return whole > 0 && this.#at === this.valueEnd ? whole : undefined;
    if (this.#at === this.valueEnd) return whole * 100;
    const { bytes } = this;
    const places = this.valueEnd - this.#at - 1;
    if (bytes[this.#at] !== POINT || places < 1 || places > 2) return undefined;
    const last = bytes[this.valueEnd - 1]! - ZERO;
    const first = places === 2 ? bytes[this.valueEnd - 2]! - ZERO : last;
    if (!(last >= 1 && last <= 9 && first >= 0 && first <= 9)) return undefined;
    return whole * 100 + first * 10 + (places === 2 ? last : 0);
  }

  #toQuote(): void {
    const { bytes } = this;
    while (this.#at < bytes.length && bytes[this.#at] !== QUOTE) this.#at++;
  }

  #skip(piece: Uint8Array): boolean {
    if (!this.#stands(piece, this.#at)) return false;
    this.#at += piece.length;
    return true;
  }

  #stands(piece: Uint8Array, at: number): boolean {
    const { bytes } = this;
    for (let index = 0; index < piece.length; index++) {
      if (bytes[at + index] !== piece[index]) return false;
    }
    return true;
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const BEFORE_ID = bytesOf('{"id":"');
const BEFORE_TENANT = bytesOf('","tenant":"');
const BEFORE_SYMBOL = bytesOf('","symbol":"');
const BEFORE_KIND = bytesOf('","kind":"');
const BEFORE_COMPARATOR = bytesOf('","comparator":');
const NULL = bytesOf("null");
const BEFORE_VALUE = bytesOf(',"value":');
const BEFORE_VERSION = bytesOf(',"version":');
const BEFORE_ARMED = bytesOf(',"armed":');
const BEFORE_ARMED_AT = bytesOf(',"armedAt":');
const BEFORE_CREATED = bytesOf(',"createdAt":');
const BEFORE_UPDATED = bytesOf(',"updatedAt":');
const QUOTE = 0x22;
const ZERO = 0x30;
const POINT = 0x2e;
const CLOSE = 0x7d;
const SYMBOL_LENGTH = 6;
/** Versions, armings, values in won: surely in range. */
const SHORT_DIGITS = 9;
const LONG_DIGITS = 15;
/** From `,"version":` to the end. */
const MOST_NUMBERS = 160;
