// Where the parsers are: `at` is the next byte, `end` the first byte after the record. No parser reads a byte at or
// after `end` and believes it.

export let at: usize = 0;
export let end: usize = 0;

// @ts-ignore: decorator
@inline
export function setCursorTo(start: usize, after: usize): void {
  at = start;
  end = after;
}

// @ts-ignore: decorator
@inline
export function moveTo(place: usize): void {
  at = place;
}

/** The next byte, or 0 at the end (a byte that JSON allows nowhere). */
// @ts-ignore: decorator
@inline
export function peek(): u32 {
  return at < end ? load<u8>(at) : 0;
}

/** Steps over a byte if it is the next. */
// @ts-ignore: decorator
@inline
export function accept(byte: u32): bool {
  if (peek() != byte) return false;
  at++;
  return true;
}
