import type { Locale } from "../../rules/rule.ts";

/** What a reader may do on an alert's page. */
const PAGE_ACTS = ["pause", "resume", "today", "hour", "value", "push", "stop", "start"] as const;
export type PageAct = typeof PAGE_ACTS[number];

/** What is said of one act: the button that leads to it, what is asked, and what is said once it is done. */
export interface ActWords {
  readonly label: string;
  readonly asks: string;
  readonly done: string;
}

/** The words of the pages in one language. */
export interface PageWords {
  readonly acts: Readonly<Record<PageAct, ActWords>>;
  readonly rule: string;
  readonly way: string;
  readonly actions: string;
  readonly chart: string;
  readonly trade: string;
  readonly made: string;
  readonly states: Readonly<Record<string, string>>;
  readonly paused: string;
  readonly stopped: string;
  readonly silencedUntil: (time: string) => string;
  readonly deleted: string;
  readonly changed: string;
  readonly back: string;
  readonly value: string;
  readonly badValue: string;
  readonly cannot: string;
  readonly confirm: string;
}

/** The words of each language. */
export const PAGE_WORDS: Readonly<Record<Locale, PageWords>> = {
  ko: {
    acts: {
      pause: {
        label: "이 규칙 멈추기",
        asks: "다시 켤 때까지 이 규칙의 알림을 받지 않습니다.",
        done: "멈췄습니다. 이 페이지에서 다시 켤 수 있습니다.",
      },
      resume: { label: "다시 켜기", asks: "이 규칙의 알림을 다시 받습니다.", done: "다시 켰습니다." },
      today: {
        label: "오늘은 그만",
        asks: "오늘 자정까지 이 규칙의 알림을 받지 않습니다.",
        done: "오늘은 더 보내지 않습니다.",
      },
      hour: {
        label: "1시간 쉬기",
        asks: "한 시간 동안 이 규칙의 알림을 받지 않습니다.",
        done: "한 시간 동안 보내지 않습니다.",
      },
      value: {
        label: "값 바꾸기",
        asks: "새 값을 넣으세요. 바꾸면 새 값으로 바로 다시 지켜봅니다.",
        done: "바꿨습니다.",
      },
      push: {
        label: "이 브라우저로도 받기",
        asks: "이 규칙의 알림을 이 브라우저에서 푸시로도 받습니다.",
        done: "추가했습니다. 곧 시험 알림이 옵니다.",
      },
      stop: {
        label: "이 주소로 모두 그만 받기",
        asks:
          "이 주소로는 어떤 알림도 보내지 않습니다. 되돌리는 것은 이 페이지처럼 이 주소로 온 링크로만 할 수 있습니다.",
        done: "이 주소로는 더 보내지 않습니다. 이 페이지에서 다시 받을 수 있습니다.",
      },
      start: {
        label: "이 주소로 다시 받기",
        asks: "이 주소로 알림을 다시 받습니다.",
        done: "이 주소로 다시 보냅니다.",
      },
    },
    rule: "규칙",
    way: "체결에서 메시지까지",
    actions: "바꾸기",
    chart: "알림 전후의 가격",
    trade: "체결",
    made: "조건 충족을 판정",
    states: {
      pending: "보낼 차례를 기다림",
      unconfirmed: "수신 동의를 기다림",
      calling: "보내는 중",
      failed: "다시 보낼 예정",
      waiting: "모아서 보낼 예정",
      gathered: "모으는 중",
      sent: "보냄",
      dead: "보내지 못함",
      suppressed: "보내지 않음",
      digested: "모아서 보냄",
      expired: "늦어서 모아 알림",
    },
    paused: "멈춰 있습니다.",
    stopped: "이 주소로는 알림을 보내지 않습니다.",
    silencedUntil: (time) => `${time}까지 쉽니다.`,
    deleted: "이 규칙은 삭제되었습니다.",
    changed: "이 알림 뒤에 규칙이 바뀌었습니다. 지금의 규칙입니다.",
    back: "돌아가기",
    value: "새 값",
    badValue: "쓸 수 없는 값입니다.",
    cannot: "이 규칙은 여기에서 그렇게 바꿀 수 없습니다.",
    confirm: "확인",
  },
  en: {
    acts: {
      pause: {
        label: "Pause this rule",
        asks: "You get no alerts of this rule until you switch it on again.",
        done: "It is paused. This page can switch it on again.",
      },
      resume: {
        label: "Switch it on again",
        asks: "You get this rule's alerts again.",
        done: "It is on again.",
      },
      today: {
        label: "Not again today",
        asks: "You get no alerts of this rule until midnight in Seoul.",
        done: "Nothing more of it today.",
      },
      hour: {
        label: "Snooze for an hour",
        asks: "You get no alerts of this rule for an hour.",
        done: "It is quiet for an hour.",
      },
      value: {
        label: "Change the value",
        asks: "Enter the new value. The rule watches for it at once.",
        done: "It is changed.",
      },
      push: {
        label: "Get it in this browser too",
        asks: "This rule's alerts come to this browser as push messages, too.",
        done: "It is added. A test message comes in a moment.",
      },
      stop: {
        label: "Stop everything to this address",
        asks:
          "Nothing is sent to this address any more. Only a link that came to this address, such as this page, undoes that.",
        done: "Nothing more is sent to this address. This page can undo it.",
      },
      start: {
        label: "Get messages at this address again",
        asks: "Messages come to this address again.",
        done: "Messages come to this address again.",
      },
    },
    rule: "The rule",
    way: "From the trade to the message",
    actions: "Change it",
    chart: "The price around the alert",
    trade: "Trade",
    made: "Rule met",
    states: {
      pending: "waits for its turn",
      unconfirmed: "waits until you agree",
      calling: "being sent",
      failed: "tried again",
      waiting: "goes into a digest",
      gathered: "being gathered",
      sent: "Sent",
      dead: "could not be sent",
      suppressed: "not sent",
      digested: "Sent in a digest",
      expired: "too late, listed in a note",
    },
    paused: "It is paused.",
    stopped: "Nothing is sent to this address.",
    silencedUntil: (time) => `It is quiet until ${time}.`,
    deleted: "This rule has been deleted.",
    changed: "The rule was changed after this alert. This is the rule as it is now.",
    back: "Back",
    value: "New value",
    badValue: "This value cannot be used.",
    cannot: "This rule cannot be changed so here.",
    confirm: "Confirm",
  },
};
