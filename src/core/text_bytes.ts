/** Copied byte by byte up to this length: a call of `set` costs more. */
const SHORT_BYTES = 24;
/** Larger whole numbers are written in two halves, each within 31 bits. */
const HALF = 10 ** 8;

/**
 * Texts and numbers as they stand in JSON, written into bytes without a text in between. The caller makes sure that there
 * is room.
 */
export class TextBytes {
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #isPlain = true;

  /** Writes into other bytes from here on. */
  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#isPlain = true;
  }

  /** Where the next one is written. */
  get at(): number {
    return this.#at;
  }

  /** Whether all texts since the beginning were ASCII that JSON writes as it is. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Bytes as they are. */
  raw(piece: Uint8Array): void {
    const bytes = this.#bytes;
    const at = this.#at;
    const { length } = piece;
    if (length > SHORT_BYTES) bytes.set(piece, at);
    else for (let index = 0; index < length; index++) bytes[at + index] = piece[index]!;
    this.#at = at + length;
  }

  /** A text between quotes that are written by others; see {@link isPlain}. */
  ascii(text: string): void {
    const bytes = this.#bytes;
    const at = this.#at;
    let plain = true;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) plain = false;
      bytes[at + index] = code;
    }
    this.#at = at + text.length;
    if (!plain) this.#isPlain = false;
  }

  /** A number, as JSON has it. */
  number(value: number): void {
    if (Number.isSafeInteger(value)) this.#whole(value);
    else this.ascii(String(value));
  }

  /** So many hundredths as the shortest decimal: 190 is 1.9. @param units whole, of 31 bits. */
  hundredths(units: number): void {
    const least = units < 0 ? -units : units;
    if (units < 0) this.#bytes[this.#at++] = 0x2d;
    const whole = (least / 100) | 0;
    this.#digits(whole);
    const rest = least - whole * 100;
    if (rest === 0) return;
    this.#bytes[this.#at++] = 0x2e;
    const tenth = (rest / 10) | 0;
    this.#bytes[this.#at++] = 0x30 + tenth;
    if (rest !== tenth * 10) this.#bytes[this.#at++] = 0x30 + rest - tenth * 10;
  }

  #whole(value: number): void {
    let left = value;
    if (value < 0) {
      this.#bytes[this.#at++] = 0x2d;
      left = -value;
    }
    if (left < HALF) return this.#digits(left);
    const high = Math.floor(left / HALF);
    this.#whole(high);
    this.#padded(left - high * HALF);
  }

  /** @param value less than 2^31, not negative. */
  #digits(value: number): void {
    let count = 1;
    for (let left = value; left >= 10; left = (left / 10) | 0) count++;
    this.#fill(value, count);
  }

  #padded(value: number): void {
    this.#fill(value, 8);
  }

  #fill(value: number, count: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    let left = value;
    for (let index = at + count - 1; index >= at; index--) {
      const next = (left / 10) | 0;
      bytes[index] = 0x30 + left - next * 10;
      left = next;
    }
    this.#at = at + count;
  }
}
