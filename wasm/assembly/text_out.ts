// Text and numbers as they are written to a record's bytes. Each answers the place after what it wrote, and may write up to
// fifteen bytes more: there is padding behind.

/** Writes up to eight characters, the first in the lowest byte. */
// @ts-ignore: decorator
@inline
export function putText(at: usize, characters: u64, length: usize): usize {
  store<u64>(at, characters);
  return at + length;
}

/** Writes up to sixteen characters. */
// @ts-ignore: decorator
@inline
export function putLongText(at: usize, first: u64, second: u64, length: usize): usize {
  store<u64>(at, first);
  store<u64>(at, second, 8);
  return at + length;
}

const EIGHT_DIGITS: u64 = 100000000;

/** Writes a whole number below 10^16 in decimal digits. */
export function putNumber(at: usize, value: u64): usize {
  if (value < EIGHT_DIGITS) return putSmall(at, <u32>value);
  const high = value / EIGHT_DIGITS;
  const after = putSmall(at, <u32>high);
  store<u64>(after, digitsOf(<u32>(value - high * EIGHT_DIGITS)) | 0x3030303030303030);
  return after + 8;
}

/** Writes a whole number below 10^8. */
// @ts-ignore: decorator
@inline
function putSmall(at: usize, value: u32): usize {
  const digits = digitsOf(value);
  // The last digit is written whatever it is.
  const zeros = ctz<u64>(digits | 0x0100000000000000) & 0x38;
  store<u64>(at, (digits | 0x3030303030303030) >> zeros);
  return at + 8 - (<usize>zeros >> 3);
}

/** The eight decimal digits of a number, the highest in the lowest byte: fours, pairs and single ones at once. */
// @ts-ignore: decorator
@inline
function digitsOf(value: u32): u64 {
  const fours = <u64>(value / 10000) | (<u64>(value % 10000) << 32);
  const hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
  const pairs = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((pairs * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((pairs - tens * 10) << 8);
}

/** Writes a zigzag varint, as Kafka's records have them. */
export function putVarint(at: usize, value: i64): usize {
  let left = <u64>((value << 1) ^ (value >> 63));
  while (left >= 0x80) {
    store<u8>(at++, <u8>left | 0x80);
    left >>= 7;
  }
  store<u8>(at, <u8>left);
  return at + 1;
}

/** Writes so many bytes, sixteen at once: up to fifteen more than asked for are read and written. */
// @ts-ignore: decorator
@inline
export function putBytes(at: usize, from: usize, length: usize): usize {
  for (let done: usize = 0; done < length; done += 16) v128.store(at + done, v128.load(from + done));
  return at + length;
}
