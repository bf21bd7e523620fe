import type { Locale } from "../../rules/rule.ts";
import { maskedRecipient } from "../../rules/channels.ts";
import type { ConsentState } from "../consent.ts";
import { actForm, shortPage } from "./frame.ts";

const WORDS = {
  ko: {
    title: "주식 알림",
    asks: "이 주소로 주식 알림을 받으시겠습니까?",
    agree: "동의하고 받기",
    refuse: "받지 않기",
    stop: "이 주소로 그만 받기",
    again: "다시 받기",
    agreed: "이 주소는 알림을 받습니다.",
    stopped: "이 주소로는 알림을 보내지 않습니다.",
    asked: "이 주소는 아직 동의하지 않았습니다.",
    unknown: "이 주소로 알림이 옵니다.",
    bad: "온전하지 않은 링크입니다. 메시지에 있는 그대로 여세요.",
    old: "시간이 지난 링크입니다. 최근 메시지의 링크를 여세요.",
    gone: "이 알림은 오래되어 더 볼 수 없습니다.",
    later: "지금은 할 수 없습니다. 잠시 뒤에 다시 해 보세요.",
  },
  en: {
    title: "Stock alerts",
    asks: "Do you want stock alerts at this address?",
    agree: "Agree and get them",
    refuse: "No, never",
    stop: "Stop all messages to this address",
    again: "Get them again",
    agreed: "This address gets alerts.",
    stopped: "Nothing is sent to this address.",
    asked: "This address has not agreed yet.",
    unknown: "Alerts come to this address.",
    bad: "This link is not whole: open it as it stands in the message.",
    old: "This link's time is over: open the one of a recent message.",
    gone: "This alert is too old to be shown.",
    later: "This cannot be done now. Try again in a moment.",
  },
} as const satisfies Record<Locale, Record<string, string>>;

/** What an address has said of a tenant's messages, and what it may say. */
export function addressPage(
  { locale, token, recipient, state, asking }: {
    readonly locale: Locale;
    readonly token: string;
    readonly recipient: string;
    readonly state: ConsentState | undefined;
    /** Whether it is the page of a confirmation mail. */
    readonly asking: boolean;
  },
): string {
  const words = WORDS[locale];
  const open = asking && state !== "confirmed" && state !== "stopped";
  const standing = state === undefined
    ? words.unknown
    : { confirmed: words.agreed, stopped: words.stopped, asked: words.asked }[state];
  const said = open ? words.asks : standing;
  const agree = actForm({ token, act: "agree", label: open ? words.agree : words.again });
  const stop = actForm({ token, act: "stop", label: open ? words.refuse : words.stop, danger: true });
  return shortPage(locale, {
    title: words.title,
    lines: [maskedRecipient(recipient), said],
    rest: open ? agree + stop : state === "stopped" ? agree : stop,
  });
}

/** What is said of a link that shows nothing. */
export function deadPage(locale: Locale, fault: "bad" | "old" | "gone" | "later"): string {
  const words = WORDS[locale];
  return shortPage(locale, { title: words.title, lines: [words[fault]] });
}
