import { page } from "../../alerts/alert_html.ts";
import { escapeHtml as esc } from "../../alerts/safe_text.ts";

/**
 * The page behind a sign-in link: a button, so that whatever opens links in mails (scanners, previews) signs nobody in.
 *
 * @param token as it stands in the link: base64url and a dot.
 */
export function signInPage(token: string, address: string): string {
  return page(
    "ko",
    `<h1 class="text" style="margin:0 0 12px;font-size:20px;color:#111">로그인 · Sign in</h1>
<p class="text" style="margin:0 0 16px;color:#111"><bdi>${esc(address)}</bdi></p>
<form method="post" action="/v1/pages/sign-in?token=${
      esc(encodeURIComponent(token))
    }"><button style="font-size:16px;padding:12px 20px">로그인 · Sign in</button></form>`,
  );
}

/** What is said of a link that does not work any more, or never did. */
export function deadLinkPage(fault: "bad" | "old"): string {
  const text = fault === "bad"
    ? "링크가 온전하지 않습니다. 메일에 있는 그대로 여세요.<br>The link is not whole: open it as it stands in the mail."
    : "이미 쓰였거나 시간이 지난 링크입니다. 새 링크를 요청하세요.<br>The link was used, or its time is over: ask for a new one.";
  return page(
    "ko",
    `<p class="text" style="margin:0 0 16px;color:#111">${text}</p><p><a href="/">Tickbell</a></p>`,
  );
}
