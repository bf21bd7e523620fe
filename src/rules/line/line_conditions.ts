import { changePatterns } from "./line_changes.ts";
import { measurePatterns, pricePatterns, volumePatterns } from "./line_numbers.ts";
import type { LinePattern } from "./line_pattern.ts";
import { averagePatterns, flagPatterns } from "./line_states.ts";

/** Every pattern, the more special ones first. */
export const LINE_PATTERNS: readonly LinePattern[] = [
  ...volumePatterns(),
  ...averagePatterns(),
  ...changePatterns(),
  ...flagPatterns(),
  ...measurePatterns(),
  ...pricePatterns(),
];
