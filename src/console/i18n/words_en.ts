import { en } from "./en.ts";
import type { Words } from "./words.ts";

export const WORDS: Words = {
  texts: en,
  faults: {},
  components: {},
  verdicts: undefined,
  detail: (detail) => detail,
};
