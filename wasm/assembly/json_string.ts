// JSON strings: validated as JSON and as UTF-8, and decoded as far as a known key or value is long.

import { at, end, moveTo } from "./cursor";

/** The decoded bytes of the last string: in the input itself, or in the scratch when there were escapes. */
export let text: usize = 0;
/** How many they are; TOO_LONG for one with escapes that no known text is as long as. */
export let textLength: usize = 0;

const SCRATCH_SIZE: usize = 24;
const TOO_LONG: usize = 0x7fffffff;
const scratch: usize = memory.data(48, 16);

/** Steps over a string, `at` standing on its opening quote; false: it is not a JSON string in UTF-8. */
export function scanString(): bool {
  const start = at + 1;
  let place = start;
  while (place < end) {
    const byte = <u32>load<u8>(place);
    if (byte == 0x22) {
      text = start;
      textLength = place - start;
      moveTo(place + 1);
      return true;
    }
    if (byte == 0x5c) return scanEscaped(start);
    if (byte < 0x20) return false;
    if (byte < 0x80) {
      place++;
    } else {
      const length = utf8Length(place, byte);
      if (length == 0) return false;
      place += length;
    }
  }
  return false;
}

/** As scanString, of a string that has escapes: its text goes to the scratch. */
function scanEscaped(start: usize): bool {
  let place = start;
  let length: usize = 0;
  while (place < end) {
    const byte = <u32>load<u8>(place);
    if (byte == 0x22) {
      text = scratch;
      textLength = length;
      moveTo(place + 1);
      return true;
    }
    if (byte < 0x20) return false;
    let char = byte;
    if (byte == 0x5c) {
      place++;
      if (place >= end) return false;
      char = unescape(place);
      if (char == BAD_ESCAPE) return false;
      place += load<u8>(place) == 0x75 ? 5 : 1;
    } else if (byte < 0x80) {
      place++;
    } else {
      const sequence = utf8Length(place, byte);
      if (sequence == 0) return false;
      place += sequence;
    }
    // No known text has a character above 0x7f: one that has is distinguished by its length alone.
    if (char > 0x7f || length >= SCRATCH_SIZE) length = TOO_LONG;
    else store<u8>(scratch + length++, char);
  }
  return false;
}

const BAD_ESCAPE: u32 = 0xffffffff;

/** The character of an escape, `place` standing on what follows the backslash. */
function unescape(place: usize): u32 {
  switch (<u32>load<u8>(place)) {
    case 0x22: return 0x22;
    case 0x5c: return 0x5c;
    case 0x2f: return 0x2f;
    case 0x62: return 0x08;
    case 0x66: return 0x0c;
    case 0x6e: return 0x0a;
    case 0x72: return 0x0d;
    case 0x74: return 0x09;
    case 0x75: return hexOf(place + 1);
    default: return BAD_ESCAPE;
  }
}

function hexOf(place: usize): u32 {
  if (place + 4 > end) return BAD_ESCAPE;
  let value: u32 = 0;
  for (let each: usize = 0; each < 4; each++) {
    const byte = <u32>load<u8>(place + each);
    const letter = byte | 0x20;
    if (byte - 0x30 <= 9) value = (value << 4) | (byte - 0x30);
    else if (letter - 0x61 <= 5) value = (value << 4) | (letter - 0x61 + 10);
    else return BAD_ESCAPE;
  }
  return value;
}

/** The length of the UTF-8 sequence of more than one byte at `place`; 0: it is none (Unicode 15, table 3-7). */
function utf8Length(place: usize, first: u32): usize {
  if (first < 0xc2 || first > 0xf4) return 0;
  const length: usize = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (place + length > end) return 0;
  const second = <u32>load<u8>(place, 1);
  const lowest: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const highest: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let each: usize = 2; each < length; each++) {
    if ((load<u8>(place + each) & 0xc0) != 0x80) return 0;
  }
  return length;
}
