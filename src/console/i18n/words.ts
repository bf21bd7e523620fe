import type { ApiExplanation } from "../../control/client/types.ts";
import type { Locale } from "../../rules/rule.ts";
import type { TextKey } from "./ko.ts";

/** What is said in a language. What the API says in English, another language has words of its own for. */
export interface Words {
  readonly texts: Readonly<Record<TextKey, string>>;
  /** Faults by their codes. */
  readonly faults: Readonly<Record<string, string>>;
  readonly components: Readonly<Record<string, string>>;
  /** What the audit says was done. */
  readonly actions: Readonly<Record<string, string>>;
  /** Why a rule has or has not fired; undefined: as the API says it. */
  readonly verdicts: Readonly<Record<ApiExplanation["verdict"], string>> | undefined;
  /** What a component says of itself. */
  detail(detail: string): string;
}

const loaded = new Map<Locale, Words>();

/** Fetches the words of a language, each a part of its own: a page loads that of its reader. @throws When it cannot. */
export async function loadWords(locale: Locale): Promise<void> {
  if (loaded.has(locale)) return;
  const { WORDS } = await (locale === "ko" ? import("./words_ko.ts") : import("./words_en.ts"));
  loaded.set(locale, WORDS);
}

/** The words of a language, once they are loaded. */
export function wordsIn(locale: Locale): Words | undefined {
  return loaded.get(locale);
}

/**
 * The same where nothing is drawn before.
 *
 * @throws {Error} when the words were not loaded: a bug.
 */
export function needWords(locale: Locale): Words {
  const words = loaded.get(locale);
  if (words === undefined) throw new Error(`the words of ${locale} were not loaded`);
  return words;
}
