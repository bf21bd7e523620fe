// Digits and plain text, sixteen or eight bytes at once. These read up to 32 bytes from where they are pointed, whatever
// stands there: the input has padding enough, and callers check that what was read ends inside the record.

import { end } from "./cursor";

/** How many digits stand at `at`: 0 to 16. */
// @ts-ignore: decorator
@inline
export function countDigits(at: usize): usize {
  const values = i8x16.sub(v128.load(at), i8x16.splat(0x30));
  const isDigit = i8x16.eq(i8x16.min_u(values, i8x16.splat(9)), values);
  return <usize>ctz<u32>(~<u32>i8x16.bitmask(isDigit));
}

/** The number that 1 to 16 digits spell. */
// @ts-ignore: decorator
@inline
export function digitsToInt(at: usize, digits: usize): i64 {
  if (digits <= 8) return eightDigits(load<u64>(at) << ((8 - <u64>digits) << 3));
  return eightDigits(load<u64>(at) << ((16 - <u64>digits) << 3)) * 100000000 + eightDigits(load<u64>(at + digits - 8));
}

/** The number that eight characters spell, the first in the lowest byte; zero bytes count as zeros. */
// @ts-ignore: decorator
@inline
function eightDigits(characters: u64): i64 {
  // Pairs, fours, eights: https://kholdstare.github.io/technical/2020/05/26/faster-integer-parsing.html
  let value = characters & 0x0f0f0f0f0f0f0f0f;
  value = value * 10 + (value >> 8);
  const fours = (value & 0x000000ff000000ff) * 0x000f424000000064;
  const others = ((value >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return <i64>((fours + others) >> 32);
}

/** Where a text of plain ASCII ends, `at` standing after its opening quote: on the closing one. 0: it is not plain. */
export function textEnd(at: usize): usize {
  for (let place = at; place < end; place += 16) {
    const bytes = v128.load(place);
    // Signed, bytes above 0x7f are negative and so below a blank.
    const odd = v128.or(
      i8x16.lt_s(bytes, i8x16.splat(0x20)),
      v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c))),
    );
    const found = <u32>i8x16.bitmask(odd);
    if (found == 0) continue;
    const first = place + ctz<u32>(found);
    return load<u8>(first) == 0x22 ? first : 0;
  }
  return 0;
}
