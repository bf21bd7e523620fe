import { InputError } from "../core/errors.ts";

/**
 * A KRX short code: six characters of digits and capital letters ("005930", "0001A0"), or Q and six digits for an ETN
 * ("Q500001"). Always a string: as a number 005930 would lose its zeros.
 */
export type Symbol = string;

const SYMBOL = /^(?:[0-9A-Z]{6}|Q[0-9]{6})$/;

/** Whether a text is a symbol's code. */
export function isSymbol(text: unknown): text is Symbol {
  return typeof text === "string" && SYMBOL.test(text);
}

/**
 * The code, or an {@link InputError} that names the field.
 *
 * @throws {InputError} code `bad_symbol`, which names the field.
 */
export function parseSymbol(value: unknown, field = "symbol"): Symbol {
  if (isSymbol(value)) return value;
  const reason = typeof value === "number"
    ? 'must be a string of six characters such as "005930", not a number: leading zeros would be lost'
    : 'must be six characters of 0-9 and A-Z such as "005930", or Q and six digits for an ETN' +
      codeMeant(value);
  throw new InputError("bad_symbol", [{ field, code: "bad_symbol", reason, value }]);
}

/** The code that other programs write as A005930, 005930.KS or KRX:005930, and a spreadsheet as 5930. */
function codeMeant(value: unknown): string {
  const [, code] = /^\s*(?:A|KRX:)?(Q?\d\w{3,5})(?:\.K[SQ])?\s*$/i.exec(String(value)) ?? [];
  const whole = code?.toUpperCase().padStart(6, "0");
  return isSymbol(whole) ? `; did you mean ${whole}?` : "";
}

/** The canary's symbol: no exchange has it, no market rule is for it, and nobody is shown its trades. */
export const CANARY_SYMBOL: Symbol = "CANARY";
