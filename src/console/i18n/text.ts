import type { Locale } from "../../rules/rule.ts";
import { en } from "./en.ts";
import { FAULTS_KO } from "./faults_ko.ts";
import { ko, type TextKey } from "./ko.ts";

/** Says a text of the console in a language, with `{name}` put in. */
export type Say = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

const TEXTS: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = { ko, en };

export function sayIn(locale: Locale): Say {
  const texts = TEXTS[locale];
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
}

/** Whether a key made from data (`delivery.${state}`) has a text. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(ko, key);
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
  const known = locale === "ko" && Object.hasOwn(FAULTS_KO, fault.code);
  return known ? FAULTS_KO[fault.code] ?? fault.reason : fault.reason;
}
