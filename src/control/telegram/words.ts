import type { Locale } from "../../rules/rule.ts";

/** What the bot says. */
interface BotWords {
  readonly help: string;
  readonly linked: (address: string) => string;
  readonly badCode: string;
  readonly unlinked: string;
  readonly none: string;
  readonly noSuch: (rule: number) => string;
  readonly made: (rule: number, words: string, rest: readonly string[]) => string;
  readonly missing: (what: readonly ("symbol" | "conditions")[], candidates: readonly string[]) => string;
  readonly state: Readonly<Record<"on" | "paused" | "snoozed", string>>;
  readonly paused: (words: string) => string;
  readonly resumed: (words: string) => string;
  readonly deleted: (words: string) => string;
  readonly snoozed: (words: string, until: string) => string;
  readonly refused: (reason: string) => string;
}

export const BOT_WORDS: Readonly<Record<Locale, BotWords>> = {
  ko: {
    help: [
      "규칙을 한 줄로 보내세요. 예: 삼성전자 7만원 넘으면",
      "/list 내 규칙 목록",
      "/pause 2 · /resume 2 규칙 2번 정지 · 다시 켜기",
      "/snooze 2 1h 규칙 2번을 한 시간 쉬게 하기 (30m, 1h, 1d)",
      "/delete 2 규칙 2번 삭제",
      "/unlink 이 대화방 연결 끊기",
    ].join("\n"),
    linked: (address) => `이 대화방을 ${address} 님과 연결했습니다. 알림이 여기로도 옵니다.`,
    badCode: "코드가 맞지 않거나 이미 쓰였거나 10분이 지났습니다. 웹에서 새 코드를 받으세요.",
    unlinked: "이 대화방의 연결을 끊었습니다.",
    none: "규칙이 없습니다.",
    noSuch: (rule) => `${rule}번 규칙이 없습니다. /list 로 확인하세요.`,
    made: (rule, words, rest) =>
      `${rule}번 규칙을 만들었습니다. ${words}${
        rest.length === 0 ? "" : `\n알아듣지 못한 말: ${rest.join(", ")}`
      }`,
    missing: (what, candidates) =>
      candidates.length > 0
        ? `어느 종목인가요? ${candidates.join(", ")}`
        : what.includes("symbol")
        ? "종목을 알 수 없습니다. 예: 삼성전자 7만원 넘으면"
        : "조건을 알 수 없습니다. 예: 삼성전자 7만원 넘으면",
    state: { on: "켜짐", paused: "정지", snoozed: "쉬는 중" },
    paused: (words) => `정지했습니다. ${words}`,
    resumed: (words) => `다시 켰습니다. ${words}`,
    deleted: (words) => `삭제했습니다. ${words}`,
    snoozed: (words, until) => `${until}까지 쉽니다. ${words}`,
    refused: (reason) => `할 수 없습니다: ${reason}`,
  },
  en: {
    help: [
      "Send a rule in one line, such as: samsung above 70000",
      "/list your rules",
      "/pause 2 · /resume 2 stop rule 2 · let it fire again",
      "/snooze 2 1h rest rule 2 for an hour (30m, 1h, 1d)",
      "/delete 2 delete rule 2",
      "/unlink unlink this chat",
    ].join("\n"),
    linked: (address) => `This chat is linked to ${address}. Alerts come here, too.`,
    badCode: "The code is wrong, was used, or its ten minutes are over. Get a new one on the web.",
    unlinked: "This chat is unlinked.",
    none: "You have no rules.",
    noSuch: (rule) => `There is no rule ${rule}: see /list.`,
    made: (rule, words, rest) =>
      `Made rule ${rule}. ${words}${rest.length === 0 ? "" : `\nNot understood: ${rest.join(", ")}`}`,
    missing: (what, candidates) =>
      candidates.length > 0
        ? `Which one? ${candidates.join(", ")}`
        : what.includes("symbol")
        ? "No symbol is in it. Such as: samsung above 70000"
        : "No condition is in it. Such as: samsung above 70000",
    state: { on: "on", paused: "paused", snoozed: "snoozed" },
    paused: (words) => `Paused. ${words}`,
    resumed: (words) => `On again. ${words}`,
    deleted: (words) => `Deleted. ${words}`,
    snoozed: (words, until) => `Snoozed until ${until}. ${words}`,
    refused: (reason) => `That cannot be: ${reason}`,
  },
};

/** What is said to who is not known yet, who may read either language. */
export const STRANGER =
  "먼저 연결하세요: 웹에서 로그인한 뒤 텔레그램 연결을 누르고, 받은 코드를 /start 코드 로 보내세요.\n" +
  "Link first: sign in on the web, choose Telegram, and send /start CODE.";
