// A symbol's code packed into a u64, the first character in the lowest byte; src/market/symbol.ts has the form.

/** What is no symbol. */
export const NO_SYMBOL: u64 = 0;

/** The packed code of the text, or NO_SYMBOL. */
export function packSymbol(text: usize, length: usize): u64 {
  if (length == 6) {
    const code = load<u64>(text) & 0xffffffffffff;
    return areDigits(code, 6) || areDigitsOrCapitals(code) ? code : NO_SYMBOL;
  }
  if (length == 7) {
    const code = load<u64>(text) & 0xffffffffffffff;
    return (code & 0xff) == 0x51 && areDigits(code >> 8, 6) ? code : NO_SYMBOL;
  }
  return NO_SYMBOL;
}

/** Whether the low `count` bytes are digits; 6 of them. */
// @ts-ignore: decorator
@inline
function areDigits(code: u64, count: u64): bool {
  const ones: u64 = 0x010101010101 & (((1 as u64) << (count << 3)) - 1);
  // A digit is 0x30 to 0x39: its high nibble is 3 and adding 6 leaves it so.
  return ((code & (ones * 0xf0)) == ones * 0x30) && (((code + ones * 6) & (ones * 0xf0)) == ones * 0x30);
}

function areDigitsOrCapitals(code: u64): bool {
  for (let each: u64 = 0; each < 48; each += 8) {
    const byte = <u32>(code >> each) & 0xff;
    if (byte - 0x30 > 9 && byte - 0x41 > 25) return false;
  }
  return true;
}
