/**
 * Numbers as Korean people write them: "72,000", "7만", "1억 5천만", "1.5억", "100억".
 *
 * @module
 */

/** Decimal places that a written number may have. */
const PLACES = 6;

const LARGE: Readonly<Record<string, number>> = { "만": 4, "억": 8, "조": 12 };
const SMALL: Readonly<Record<string, number>> = { "십": 1, "백": 2, "천": 3 };

const PIECE = /^\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(십|백|천)?(만|억|조)?/;

/** A number that was read from the beginning of a text. */
export interface Amount {
  /** A decimal, shortest form. */
  readonly decimal: string;
  /** How many characters of the text it is. */
  readonly length: number;
}

/** Reads a number at the beginning of a text, a sign before it allowed; undefined when there is none. */
export function readAmount(text: string): Amount | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  let at = sign.length;
  let total = 0n;
  let unit = Infinity;
  for (;;) {
    const piece = PIECE.exec(text.slice(at));
    if (piece === null) break;
    const [all, whole, fraction = "", small, large] = piece;
    const power = (SMALL[small ?? ""] ?? 0) + (LARGE[large ?? ""] ?? 0);
    // "1억 5천만": each piece is smaller than the one before; what follows a plain number is another number.
    if (power >= unit || (unit !== Infinity && unit < 1) || fraction.length > PLACES + 1) break;
    total += scaled(whole!, fraction.slice(1), power);
    at += all.length;
    unit = power;
    if (power === 0) break;
  }
  return unit === Infinity ? undefined : { decimal: decimalOf(total, sign === "-"), length: at };
}

function scaled(whole: string, fraction: string, power: number): bigint {
  const digits = BigInt(whole.replaceAll(",", "") + fraction.padEnd(PLACES, "0"));
  return digits * 10n ** BigInt(power);
}

function decimalOf(total: bigint, negative: boolean): string {
  const digits = String(total).padStart(PLACES + 1, "0");
  const whole = digits.slice(0, -PLACES);
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  const sign = negative && total > 0n ? "-" : "";
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}
