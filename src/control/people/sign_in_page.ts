import { actForm, shortPage } from "../../alerts/pages/frame.ts";
import type { Locale } from "../../rules/rule.ts";

const WORDS = {
  ko: {
    title: "로그인",
    asks: "이 주소로 로그인합니다.",
    bad: "링크가 온전하지 않습니다. 메일에 있는 그대로 여세요.",
    old: "이미 쓰였거나 시간이 지난 링크입니다. 새 링크를 요청하세요.",
    again: "새 링크 요청",
  },
  en: {
    title: "Sign in",
    asks: "You sign in as this address.",
    bad: "The link is not whole: open it as it stands in the mail.",
    old: "The link was used, or its time is over: ask for a new one.",
    again: "Ask for a new link",
  },
} as const satisfies Record<Locale, Record<string, string>>;

/** The page behind a sign-in link: a button, so that whatever opens links in mails (scanners, previews) signs nobody in. */
export function signInPage(
  { token, address, locale }: { readonly token: string; readonly address: string; readonly locale: Locale },
): string {
  const { title, asks } = WORDS[locale];
  return shortPage(locale, {
    title,
    lines: [asks, address],
    rest: actForm({ token, act: "sign-in", label: title }),
  });
}

/** What is said of a link that does not work any more, or never did. */
export function deadLinkPage(locale: Locale, fault: "bad" | "old"): string {
  const words = WORDS[locale];
  return shortPage(locale, {
    title: words.title,
    lines: [words[fault]],
    rest: `<a class="act" href="/">${words.again}</a>`,
  });
}
