import { ACTIONS_KO, COMPONENTS_KO, detailInKorean, VERDICTS_KO } from "./details_ko.ts";
import { FAULTS_KO } from "./faults_ko.ts";
import { ko } from "./ko.ts";
import type { Words } from "./words.ts";

export const WORDS: Words = {
  texts: ko,
  faults: FAULTS_KO,
  components: COMPONENTS_KO,
  actions: ACTIONS_KO,
  verdicts: VERDICTS_KO,
  detail: detailInKorean,
};
