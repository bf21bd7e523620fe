import { changePatterns } from "./line_changes.ts";
import { minutePatterns } from "./line_minutes.ts";
import { measurePatterns, pricePatterns, volumePatterns } from "./line_numbers.ts";
import type { LinePattern } from "./line_pattern.ts";
import { averagePatterns, flagPatterns } from "./line_states.ts";

/** Every pattern, the more special ones first. */
export const LINE_PATTERNS: readonly LinePattern[] = [
  ...minutePatterns(),
  ...volumePatterns(),
  ...averagePatterns(),
  ...changePatterns(),
  ...flagPatterns(),
  ...measurePatterns(),
  ...pricePatterns(),
];
