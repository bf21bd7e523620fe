import { parseUnits } from "../market/decimal.ts";
import type { Condition } from "../rules/condition.ts";
import { MARKET_SESSION_WORDS } from "../market/market_session.ts";
import { MEASURES } from "../rules/measures.ts";
import type { Locale } from "../rules/rule.ts";
import { measuredInWords, measureInWords } from "./condition_words.ts";
import { type Alert, conditionsOf, whenOf } from "./alert.ts";
import { fullTime, signedRate, signedWon, won } from "./format.ts";
import { repeatInWords } from "./repeat_words.ts";
import { oneLine } from "./safe_text.ts";
import { kindInWords, reachedInWords, ruleInWords, WORDS, type Words } from "./words.ts";

/** Where a message's links lead. Absent ones are left out. */
export interface MessageLinks {
  /** The alert in the console. */
  readonly console?: string;
  /** The alert's own page, for who has no key; signed, see `signed_links.ts`. */
  readonly page?: string;
  /** Pauses the rule, of a digest its recipient's messages; signed. */
  readonly stop?: string;
  /** What a notice is about: agree, sign in; signed. */
  readonly action?: string;
  /** What an address may say of all messages to it; signed. */
  readonly address?: string;
}

/** An alert's facts as texts, each on one line and free of tricks; still to be escaped for HTML. */
export interface AlertView {
  readonly words: Words;
  readonly locale: Locale;
  readonly direction: Alert["direction"];
  readonly kind: string;
  readonly name: string;
  readonly code: string;
  /** "▼ 0.75% 하락". */
  readonly move: string;
  readonly price: string;
  readonly rate: string;
  readonly change: string;
  readonly rule: string;
  /** What was reached, as short as the subject has it: "64,000원 이상". */
  readonly reached: string;
  /** "애프터마켓"; "" where it is not known. */
  readonly session: string;
  /** How the trade came, where it was not live; "" otherwise. */
  readonly lateness: string;
  /** What the conditions measured, where the lines above do not say it; "" otherwise. */
  readonly measured: string;
  readonly time: string;
  readonly note: string;
  readonly quiet: string;
}

/** The texts of an alert in its own locale. */
export function alertView(alert: Alert): AlertView {
  const { locale } = alert;
  const words = WORDS[locale];
  const known = conditionsOf(alert);
  const rule = { ...alert, direction: alert.ruleDirection, conditions: known ?? [] };
  const name = oneLine(locale === "en" ? alert.nameEn ?? alert.name : alert.name, 80);
  return {
    words,
    locale,
    direction: alert.direction,
    kind: kindInWords(rule, locale),
    name: name === "" ? alert.symbol : name,
    code: alert.symbol,
    move: moveOf(alert, words),
    // A symbol that has not traded may be halted all the same.
    price: alert.price === 0 ? "—" : won(alert.price, locale),
    rate: signedRate(alert.rate),
    change: `${signedWon(alert.change)}${locale === "ko" ? "원" : " won"}`,
    rule: known === undefined ? whenOf(alert) : ruleInWords(rule, locale),
    reached: known === undefined ? whenOf(alert) : reachedInWords(rule, locale),
    session: alert.marketSession === undefined ? "" : MARKET_SESSION_WORDS[alert.marketSession][locale],
    lateness: alert.origin === undefined ? "" : words.origins[alert.origin],
    measured: measuredOf(alert, rule.conditions),
    time: timeOf(alert, words),
    note: oneLine(alert.note),
    quiet: repeatInWords(alert, locale),
  };
}

/** "2025년 11월 26일 19시02분00초 (서울, 애프터마켓)". */
function timeOf({ eventTime, marketSession, locale }: Alert, words: Words): string {
  const session = marketSession === undefined ? "" : `, ${MARKET_SESSION_WORDS[marketSession][locale]}`;
  return `${fullTime(eventTime, locale)} (${words.seoul}${session})`;
}

/** The measures that a mail has a line of its own for. */
const SHOWN: ReadonlySet<string> = new Set(["price", "rate", "abs_rate", "change", "abs_change"]);

function measuredOf(alert: Alert, conditions: readonly Condition[]): string {
  const parts = conditions.flatMap((condition, at) => {
    const { measured } = alert.conditions[at]!;
    const { unit, scale } = MEASURES[condition.measure];
    if (measured === undefined || unit === "flag" || SHOWN.has(condition.measure)) return [];
    const parsed = parseUnits(measured, scale);
    if ("fault" in parsed) return [];
    const value = measuredInWords(condition, parsed.units, alert.locale);
    return [`${measureInWords(condition, alert.locale)} ${value}`];
  });
  return parts.join(", ");
}

function moveOf(alert: Alert, words: Words): string {
  const rate = `${Math.abs(alert.rate).toFixed(2)}%`;
  if (alert.direction === "flat") return `― ${words.flat}`;
  const mark = alert.direction === "up" ? "▲" : "▼";
  const word = alert.direction === "up" ? words.up : words.down;
  return alert.locale === "ko" ? `${mark} ${rate} ${word}` : `${mark} ${word} ${rate}`;
}
