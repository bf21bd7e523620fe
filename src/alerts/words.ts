import type { Comparator, Condition } from "../rules/condition.ts";
import { MARKET_SESSION_WORDS } from "../market/market_session.ts";
import type { RuleMarket } from "../market/reference.ts";
import type { Direction, Locale, Rule, RuleKind, ShorthandKind, Trigger } from "../rules/rule.ts";
import { COMPARISON, conditionsInWords, measureInWords, withCrossing } from "./condition_words.ts";
import { grouped, won } from "./format.ts";
import { repeatName } from "./repeat_words.ts";

/** The fixed words of the mails in one language. */
export interface Words {
  readonly kinds: Readonly<Record<ShorthandKind, string>>;
  /** The kind of a rule with several conditions. */
  readonly condition: string;
  /** What follows the kind in a subject: "알림". */
  readonly alert: string;
  readonly up: string;
  readonly down: string;
  readonly flat: string;
  readonly price: string;
  readonly rate: string;
  readonly change: string;
  readonly rule: string;
  /** What the conditions measured. */
  readonly measured: string;
  /** How a trade came that was not live. */
  readonly origins: Readonly<Record<"filled" | "polled", string>>;
  readonly time: string;
  readonly seoul: string;
  readonly note: string;
  /** The alert's own page. */
  readonly page: string;
  readonly console: string;
  readonly stop: string;
}

/** The words of each language. */
export const WORDS: Readonly<Record<Locale, Words>> = {
  ko: {
    kinds: {
      price_limit: "상/하한가",
      change_rate: "등락률",
      target_price: "목표가",
      day_change: "전일대비",
    },
    condition: "조건",
    alert: "알림",
    up: "상승",
    down: "하락",
    flat: "보합",
    price: "현재가",
    rate: "등락률",
    change: "전일대비",
    rule: "조건",
    measured: "측정값",
    origins: {
      filled: "연결이 끊긴 사이의 체결이라 늦게 확인되었습니다.",
      polled: "체결이 아니라 조회한 현재가입니다.",
    },
    time: "시각",
    seoul: "서울",
    note: "메모",
    page: "자세히 보기·바꾸기",
    console: "콘솔에서 보기",
    stop: "이 알림 그만 받기",
  },
  en: {
    kinds: {
      price_limit: "Price limit",
      change_rate: "Change rate",
      target_price: "Target price",
      day_change: "Change on the day",
    },
    condition: "Condition",
    alert: "alert",
    up: "up",
    down: "down",
    flat: "unchanged",
    price: "Price",
    rate: "Change rate",
    change: "Change on the day",
    rule: "Rule",
    measured: "Measured",
    origins: {
      filled: "This trade came late: the feed was away when it happened.",
      polled: "This is a price that was asked for, not a trade that was seen.",
    },
    time: "Time",
    seoul: "Seoul",
    note: "Note",
    page: "See and change it",
    console: "Open in the console",
    stop: "Stop this alert",
  },
};

/** What of a rule or an alert is put in words. */
export interface RuleWords {
  readonly kind: RuleKind;
  readonly comparator: Comparator | null;
  readonly value: string | null;
  readonly direction: Direction | null;
  readonly conditions: readonly Condition[];
  readonly on: Trigger;
}

const LIMIT = {
  ko: { up: "상한가 도달", down: "하한가 도달", either: "상한가 또는 하한가 도달" },
  en: {
    up: "the upper price limit is reached",
    down: "the lower price limit is reached",
    either: "the upper or lower price limit is reached",
  },
} as const;

const SUBJECT = {
  ko: {
    change_rate: { up: "상승률이", down: "하락률이", either: "등락률(상승·하락 모두)이" },
    day_change: { up: "전일대비 상승폭이", down: "전일대비 하락폭이", either: "전일대비 변동폭이" },
  },
  en: {
    change_rate: { up: "the rise is", down: "the fall is", either: "the change rate, up or down, is" },
    day_change: {
      up: "the rise on the day is",
      down: "the fall on the day is",
      either: "the change on the day, up or down, is",
    },
  },
} as const;

/** What a rule is called: "목표가", "시가 대비 등락률", "조건" for several conditions. */
export function kindInWords(rule: Pick<RuleWords, "kind" | "conditions">, locale: Locale): string {
  if (rule.kind !== "condition") return WORDS[locale].kinds[rule.kind];
  const [first] = rule.conditions;
  return first === undefined || rule.conditions.length > 1
    ? WORDS[locale].condition
    : measureInWords(first, locale);
}

/** The rule in words: "현재가가 53,200원 미만", "the price is below 53,200 won". */
export function ruleInWords(rule: RuleWords, locale: Locale): string {
  if (rule.kind === "condition") return conditionsInWords(rule.conditions, rule.on, locale);
  const words = shorthandInWords(rule.kind, rule, locale);
  return rule.on === "crossing" ? withCrossing(words, locale) : words;
}

/** What was reached, short, for subjects and headings: a target price without its noun, "64,000원 이상". */
export function reachedInWords(rule: RuleWords, locale: Locale): string {
  const { kind, comparator, value, on } = rule;
  if (kind !== "target_price" || comparator === null || on === "crossing") return ruleInWords(rule, locale);
  const amount = won(value ?? "", locale);
  const comparison = COMPARISON[locale][comparator];
  return locale === "ko" ? `${amount} ${comparison}` : `${comparison} ${amount}`;
}

function shorthandInWords(kind: ShorthandKind, rule: RuleWords, locale: Locale): string {
  const direction = rule.direction ?? "either";
  if (kind === "price_limit") return LIMIT[locale][direction];
  const comparison = rule.comparator === null ? "" : COMPARISON[locale][rule.comparator];
  const value = rule.value ?? "";
  const amount = kind === "change_rate" ? `${grouped(value)}%` : won(value, locale);
  const subject = kind === "target_price"
    ? (locale === "ko" ? "현재가가" : "the price is")
    : SUBJECT[locale][kind][direction];
  return locale === "ko" ? `${subject} ${amount} ${comparison}` : `${subject} ${comparison} ${amount}`;
}

/** Which symbols a rule is for: "005930", "005930, 000660 외 3종목", "코스닥 전 종목". */
export function scopeInWords(rule: Pick<Rule, "symbol" | "symbols" | "market">, locale: Locale): string {
  if (rule.symbol !== null) return rule.symbol;
  if (rule.symbols === null) return MARKET_WORDS[locale][rule.market ?? "*"];
  const shown = rule.symbols.slice(0, 2).join(", ");
  const others = rule.symbols.length - 2;
  if (others <= 0) return shown;
  return locale === "ko" ? `${shown} 외 ${others}종목` : `${shown} and ${others} more`;
}

const MARKET_WORDS = {
  ko: { KOSPI: "코스피 전 종목", KOSDAQ: "코스닥 전 종목", ETF: "모든 ETF", ETN: "모든 ETN", "*": "전 종목" },
  en: {
    KOSPI: "every KOSPI stock",
    KOSDAQ: "every KOSDAQ stock",
    ETF: "every ETF",
    ETN: "every ETN",
    "*": "every symbol",
  },
} as const satisfies Record<Locale, Record<RuleMarket | "*", string>>;

/**
 * When and how often a rule fires, in words: "하루에 한 번, 정규장만, 하루 최대 200건".
 *
 * @param windowMs the windows' length where the rule does not say one; undefined: that is left out.
 */
export function policyInWords(
  rule: Pick<Rule, "repeat" | "sessions" | "maxAlertsPerDay">,
  windowMs: number | undefined,
  locale: Locale,
): string {
  const sessions = rule.sessions?.map((session) => MARKET_SESSION_WORDS[session][locale]).join(", ");
  const most = rule.maxAlertsPerDay;
  const parts = [
    rule.repeat === null && windowMs === undefined ? "" : repeatName(rule.repeat, windowMs ?? 0, locale),
    sessions === undefined ? "" : locale === "ko" ? `${sessions}만` : `${sessions} only`,
    most === null ? "" : locale === "ko" ? `하루 최대 ${grouped(most)}건` : `at most ${grouped(most)} a day`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** A whole rule in words: "삼성전자: 현재가가 70,000원 초과 (한 시간에 한 번)". */
export function sentenceOf(
  rule: RuleWords & Pick<Rule, "symbol" | "symbols" | "market" | "repeat" | "sessions" | "maxAlertsPerDay">,
  given: { readonly name: string | undefined; readonly windowMs: number },
  locale: Locale,
): string {
  const subject = given.name ?? scopeInWords(rule, locale);
  return `${subject}: ${ruleInWords(rule, locale)} (${policyInWords(rule, given.windowMs, locale)})`;
}
