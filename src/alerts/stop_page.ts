import type { Rule } from "../rules/rule.ts";
import { page } from "./alert_html.ts";
import { escapeHtml as esc, oneLine } from "./safe_text.ts";
import { ruleInWords, scopeInWords } from "./words.ts";

/** The page behind a mail's stop link: which rule it is, and a button; or that there is nothing to stop any more. */
export function stopPage(
  rule: Rule | undefined,
  given: {
    readonly recipient: string;
    readonly name: { readonly name: string; readonly nameEn: string } | undefined;
  },
): string {
  if (rule === undefined) return gone("이미 삭제된 규칙입니다. This rule has been deleted already.");
  if (!rule.enabled || !rule.recipients.includes(given.recipient)) return stoppedPage();
  const { locale } = rule;
  const name = locale === "en" ? given.name?.nameEn : given.name?.name;
  const note = oneLine(rule.note);
  return page(
    locale,
    `<h1 class="text" style="margin:0 0 4px;font-size:20px;color:#111"><bdi>${
      esc(oneLine(name ?? ""))
    }</bdi> ${esc(scopeInWords(rule, locale))}</h1>
<p class="text" style="margin:0 0 4px;color:#111">${esc(ruleInWords(rule, locale))}</p>
${note === "" ? "" : `<p class="quiet" style="margin:0 0 4px;color:#666"><bdi>${esc(note)}</bdi></p>`}
<p class="quiet" style="margin:0 0 16px;color:#666">→ <bdi>${esc(oneLine(given.recipient))}</bdi></p>
<form method="post"><button style="font-size:16px;padding:10px 16px">${
      locale === "en" ? "Stop these alerts" : "알림 그만 받기"
    }</button></form>`,
  );
}

/** What it says once it is done. */
export function stoppedPage(): string {
  return gone("더 이상 보내지 않습니다. You will get no more of these alerts.");
}

function gone(text: string): string {
  return page("ko", `<p class="text" style="margin:0;color:#111">${text}</p>`);
}
