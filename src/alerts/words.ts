import type { Locale, RuleKind } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { grouped, won } from "./format.ts";
import type { DigestCause } from "./ledger.ts";

/** The fixed words of the mails in one language. */
export interface Words {
  readonly kinds: Readonly<Record<RuleKind, string>>;
  /** What follows the kind in a subject: "알림". */
  readonly alert: string;
  readonly digest: string;
  readonly up: string;
  readonly down: string;
  readonly flat: string;
  readonly price: string;
  readonly rate: string;
  readonly change: string;
  readonly rule: string;
  readonly time: string;
  readonly seoul: string;
  readonly note: string;
  readonly console: string;
  readonly stop: string;
  /** Why the alert is not repeated before a time. */
  readonly quietUntil: (time: string) => string;
  /** "삼성전자 외 3종목": what a digest is about. */
  readonly andOthers: (first: string, others: number) => string;
  /** The heading of a digest. */
  readonly digestIntro: (count: number, why: DigestCause) => string;
  /** What stands before the subject of a message that comes late: when the trade was. */
  readonly late: (time: string) => string;
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
    alert: "알림",
    digest: "모아보기",
    up: "상승",
    down: "하락",
    flat: "보합",
    price: "현재가",
    rate: "등락률",
    change: "전일대비",
    rule: "조건",
    time: "시각",
    seoul: "서울",
    note: "메모",
    console: "콘솔에서 보기",
    stop: "이 알림 그만 받기",
    quietUntil: (time) => `같은 조건은 한 시간에 한 번만 알립니다. ${time}까지 다시 알리지 않습니다.`,
    andOthers: (first, others) => others === 0 ? first : `${first} 외 ${others}건`,
    digestIntro: (count, why) =>
      ({
        storm: `짧은 시간에 알림이 많아 ${count}건을 한 통에 모았습니다.`,
        quiet: `알림을 받지 않는 시간에 온 ${count}건을 모았습니다.`,
        expired: `제때 보내지 못한 알림 ${count}건입니다. 지금 시세와 다를 수 있습니다.`,
      })[why],
    late: (time) => `[지연: ${time}]`,
  },
  en: {
    kinds: {
      price_limit: "Price limit",
      change_rate: "Change rate",
      target_price: "Target price",
      day_change: "Change on the day",
    },
    alert: "alert",
    digest: "Digest",
    up: "up",
    down: "down",
    flat: "unchanged",
    price: "Price",
    rate: "Change rate",
    change: "Change on the day",
    rule: "Rule",
    time: "Time",
    seoul: "Seoul",
    note: "Note",
    console: "Open in the console",
    stop: "Stop this alert",
    quietUntil: (time) => `A rule alerts once an hour: this one stays quiet until ${time}.`,
    andOthers: (first, others) => others === 0 ? first : `${first} and ${others} more`,
    digestIntro: (count, why) =>
      ({
        storm: `There were many alerts in a short time: ${count} of them in one mail.`,
        quiet: `${count} alerts came during your quiet hours.`,
        expired: `${count} alerts could not be sent in time. The market may have moved on since.`,
      })[why],
    late: (time) => `[late: ${time}]`,
  },
};

type RuleWords = Pick<Alert, "kind" | "comparator" | "value" | "ruleDirection">;

const COMPARISON = {
  ko: { gt: "초과", gte: "이상", lt: "미만", lte: "이하" },
  en: { gt: "above", gte: "at or above", lt: "below", lte: "at or below" },
} as const;

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

/** The rule in words: "현재가가 53,200원 미만", "the price is below 53,200 won". */
export function ruleInWords(alert: RuleWords, locale: Locale): string {
  const direction = alert.ruleDirection ?? "either";
  if (alert.kind === "price_limit") return LIMIT[locale][direction];
  const comparison = alert.comparator === null ? "" : COMPARISON[locale][alert.comparator];
  const value = alert.value ?? "";
  const amount = alert.kind === "change_rate" ? `${grouped(value)}%` : won(value, locale);
  const subject = alert.kind === "target_price"
    ? (locale === "ko" ? "현재가가" : "the price is")
    : SUBJECT[locale][alert.kind][direction];
  return locale === "ko" ? `${subject} ${amount} ${comparison}` : `${subject} ${comparison} ${amount}`;
}
