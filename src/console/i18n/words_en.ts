import { en } from "./en.ts";
import type { Words } from "./words.ts";

export const WORDS: Words = {
  texts: en,
  faults: {},
  components: {},
  actions: {},
  verdicts: undefined,
  detail: (detail) => detail,
};
