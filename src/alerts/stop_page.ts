import type { Rule } from "../rules/rule.ts";
import { maskedRecipient } from "../rules/channels.ts";
import { actForm, shortPage } from "./pages/frame.ts";
import { oneLine } from "./safe_text.ts";
import { ruleInWords, scopeInWords } from "./words.ts";

/** The page behind a mail's stop link: which rule it is, and a button; or that there is nothing to stop any more. */
export function stopPage(
  rule: Rule | undefined,
  given: {
    readonly token: string;
    readonly recipient: string;
    readonly name: { readonly name: string; readonly nameEn: string } | undefined;
  },
): string {
  const { token, recipient } = given;
  if (rule === undefined) return gone("이미 삭제된 규칙입니다. This rule has been deleted already.");
  if (!rule.enabled || !rule.recipients.includes(recipient)) return stoppedPage();
  const { locale } = rule;
  const name = locale === "en" ? given.name?.nameEn : given.name?.name;
  const note = oneLine(rule.note);
  return shortPage(locale, {
    title: `${oneLine(name ?? "")} ${scopeInWords(rule, locale)}`.trim(),
    lines: [
      ruleInWords(rule, locale),
      ...(note === "" ? [] : [note]),
      `→ ${oneLine(maskedRecipient(recipient))}`,
    ],
    rest: actForm({ token, act: "stop", label: locale === "en" ? "Stop these alerts" : "알림 그만 받기" }),
  });
}

/** What it says once it is done. */
export function stoppedPage(): string {
  return gone("더 이상 보내지 않습니다. You will get no more of these alerts.");
}

function gone(text: string): string {
  return shortPage("ko", { title: "Tickbell", lines: [text] });
}
