import { changePatterns } from "./line_changes.ts";
import { ownWordPatterns } from "./line_own_words.ts";
import { minutePatterns } from "./line_minutes.ts";
import { measurePatterns, pricePatterns, volumePatterns } from "./line_numbers.ts";
import type { LinePattern } from "./line_pattern.ts";
import { averagePatterns, flagPatterns } from "./line_states.ts";

/** The program's own sentences, before whatever else people say. */
export const OWN_WORDS: readonly LinePattern[] = ownWordPatterns();

/** Every other pattern, the more special ones first. */
export const LINE_PATTERNS: readonly LinePattern[] = [
  ...minutePatterns(),
  ...volumePatterns(),
  ...averagePatterns(),
  ...changePatterns(),
  ...flagPatterns(),
  ...measurePatterns(),
  ...pricePatterns(),
];
