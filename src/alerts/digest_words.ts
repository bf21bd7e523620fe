import type { Locale } from "../rules/rule.ts";
import type { DigestCause } from "./digest_cause.ts";

/** The fixed words of a digest in one language. */
export interface DigestWords {
  readonly digest: string;
  /** Stops every message to the recipient. */
  readonly stopAll: string;
  /** "삼성전자 외 3건": what it is about. */
  readonly andOthers: (first: string, others: number) => string;
  /** Its heading. */
  readonly intro: (count: number, why: DigestCause) => string;
}

/** The words of each language; apart from an alert's own, for who sends no digests. */
export const DIGEST_WORDS: Readonly<Record<Locale, DigestWords>> = {
  ko: {
    digest: "모아보기",
    stopAll: "이 주소로 그만 받기",
    andOthers: (first, others) => others === 0 ? first : `${first} 외 ${others}건`,
    intro: (count, why) =>
      ({
        storm: `짧은 시간에 알림이 많아 ${count}건을 한 통에 모았습니다.`,
        quiet: `알림을 받지 않는 시간에 온 ${count}건을 모았습니다.`,
        expired: `제때 보내지 못한 알림 ${count}건입니다. 지금 시세와 다를 수 있습니다.`,
        quota: `하루에 보낼 수 있는 수를 넘은 알림 ${count}건입니다.`,
        consent: `수신 확인을 기다리던 알림 ${count}건입니다. 지금 시세와 다를 수 있습니다.`,
      })[why],
  },
  en: {
    digest: "Digest",
    stopAll: "Stop all messages to this address",
    andOthers: (first, others) => others === 0 ? first : `${first} and ${others} more`,
    intro: (count, why) =>
      ({
        storm: `There were many alerts in a short time: ${count} of them in one mail.`,
        quiet: `${count} alerts came during your quiet hours.`,
        expired: `${count} alerts could not be sent in time. The market may have moved on since.`,
        quota: `${count} alerts were more than may be sent in a day.`,
        consent: `${count} alerts waited until you agreed to get them. The market may have moved on since.`,
      })[why],
  },
};
