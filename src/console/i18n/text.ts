import type { Locale } from "../../rules/rule.ts";
import type { TextKey } from "./ko.ts";
import { needWords } from "./words.ts";

/** Says a text of the console in a language, with `{name}` put in. */
export type Say = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

/** Of a language whose words are loaded. */
export function sayIn(locale: Locale): Say {
  const { texts } = needWords(locale);
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
}

/** Whether a key made from data (`delivery.${state}`) has a text. */
export function isTextKey(locale: Locale, key: string): key is TextKey {
  return Object.hasOwn(needWords(locale).texts, key);
}

/** Korean when any of the reader's languages comes first as Korean, else English. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    if (/^ko\b/i.test(language)) return "ko";
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

/** The API's reason for a fault in a language: its own English, or the Korean of its code. */
export function faultIn(locale: Locale, fault: { readonly code: string; readonly reason: string }): string {
  const { faults } = needWords(locale);
  return Object.hasOwn(faults, fault.code) ? faults[fault.code] ?? fault.reason : fault.reason;
}
