/**
 * What may stand in a text that ends up in a mail's subject, a log line or a terminal.
 *
 * @module
 */

/** Control characters, line and paragraph separators, and the marks that turn the direction of text around. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Whether a text has characters that could break a header, a log line or a terminal, or is not valid Unicode. */
export function hasUnsafeCharacters(text: string): boolean {
  return CONTROL.test(text) || !text.isWellFormed();
}

/** The number of characters as people count them roughly: code points, not UTF-16 units. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The word of a list that is closest to what was written, or undefined when none is near (two edits or fewer). */
export function closestWord(written: string, words: readonly string[]): string | undefined {
  if (written.length > 40) return undefined;
  let best: string | undefined;
  let bestDistance = 3;
  for (const word of words) {
    const distance = editDistance(written.toLowerCase(), word.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
