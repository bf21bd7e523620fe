// Steps over a JSON value of any kind, validating it: unknown keys may have anything.

import { MAX_DEPTH } from "../layout";
import { accept, at, end, moveTo, peek } from "./cursor";
import { scanNumber } from "./json_number";
import { scanString } from "./json_string";

export function skipBlanks(): void {
  let place = at;
  while (place < end) {
    const byte = <u32>load<u8>(place);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) break;
    place++;
  }
  moveTo(place);
}

/** Steps over a value, `at` standing on its first byte; false: it is not JSON, or nests too deep. */
export function skipValue(): bool {
  // One bit for each open bracket, the innermost lowest: 1 an object, 0 an array. The trade itself is one level.
  let kinds: u64 = 0;
  let depth: u32 = 0;
  while (true) {
    const byte = peek();
    if (byte == 0x7b || byte == 0x5b) {
      if (depth == MAX_DEPTH - 1) return false;
      depth++;
      kinds = (kinds << 1) | u64(byte == 0x7b);
      moveTo(at + 1);
      skipBlanks();
      if (!accept(byte == 0x7b ? 0x7d : 0x5d)) {
        if (byte == 0x7b && !skipKey()) return false;
        continue;
      }
      kinds >>= 1;
      depth--;
    } else if (!skipScalar(byte)) {
      return false;
    }
    // After a value: what follows inside the bracket it stands in.
    while (true) {
      if (depth == 0) return true;
      skipBlanks();
      if (accept(0x2c)) {
        skipBlanks();
        if (kinds & 1 && !skipKey()) return false;
        break;
      }
      if (!accept(kinds & 1 ? 0x7d : 0x5d)) return false;
      kinds >>= 1;
      depth--;
    }
  }
}

/** Steps over `"key":` and the blanks around it. */
function skipKey(): bool {
  if (peek() != 0x22 || !scanString()) return false;
  skipBlanks();
  if (!accept(0x3a)) return false;
  skipBlanks();
  return true;
}

function skipScalar(byte: u32): bool {
  if (byte == 0x22) return scanString();
  if (byte == 0x74) return skipWord(0x65757274, 4); // true
  if (byte == 0x66) return accept(0x66) && skipWord(0x65736c61, 4); // f, alse
  if (byte == 0x6e) return skipWord(0x6c6c756e, 4); // null
  return scanNumber();
}

function skipWord(word: u32, length: usize): bool {
  if (at + length > end || load<u32>(at) != word) return false;
  moveTo(at + length);
  return true;
}
