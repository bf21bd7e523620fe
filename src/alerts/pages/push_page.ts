import type { Locale } from "../../rules/rule.ts";
import { escapeHtml as esc } from "../safe_text.ts";
import { actForm, shortPage, viewLink } from "./frame.ts";
import { PAGE_WORDS } from "./page_words.ts";

/**
 * The page that asks whether this browser shall be written to by web push. It is the one page with a script, for only a
 * script can subscribe; what the browser answers is posted as every other act is. Nothing is done before the button.
 *
 * @module
 */

const WORDS = {
  ko: {
    no:
      "이 브라우저는 푸시 알림을 받을 수 없습니다. 아이폰에서는 이 페이지를 홈 화면에 추가한 뒤 거기에서 여세요.",
    refused: "브라우저가 알림을 막고 있습니다. 사이트 설정에서 알림을 허용하고 다시 눌러 보세요.",
    failed: "브라우저의 푸시 서비스에 닿지 않습니다. 잠시 뒤에 다시 눌러 보세요.",
  },
  en: {
    no:
      "This browser cannot get push messages. On an iPhone add this page to the home screen, and open it there.",
    refused: "The browser blocks notifications: allow them in its settings of this site, and press again.",
    failed: "The browser's push service cannot be reached. Press again in a moment.",
  },
} as const satisfies Record<Locale, Record<string, string>>;

/** The one script of these pages; their policy lets it through by its hash. */
export const PUSH_SCRIPT = `"use strict";
const form = document.querySelector("form");
const say = (what) => document.querySelectorAll("[data-says]").forEach((one) => one.hidden = one.dataset.says !== what);
const { key } = document.querySelector("[data-key]").dataset;
const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
async function subscription() {
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const standing = await pushManager.getSubscription();
  const own = standing?.options?.applicationServerKey;
  if (own && text(own) !== key) await standing.unsubscribe();
  return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
if (!isSecureContext || !("serviceWorker" in navigator) || !("PushManager" in self)) {
  say("no");
  form.hidden = true;
} else form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    if (await Notification.requestPermission() !== "granted") return say("refused");
    const { endpoint, keys } = (await subscription()).toJSON();
    form.elements.value.value = "push:" + endpoint + "#p256dh=" + keys.p256dh + "&auth=" + keys.auth;
    form.submit();
  } catch {
    say("failed");
  }
});
`;

/** @param given.key the server's VAPID key, base64url. */
export function pushPage(
  locale: Locale,
  { token, lines, key }: { readonly token: string; readonly lines: readonly string[]; readonly key: string },
): string {
  const words = PAGE_WORDS[locale];
  const { label, asks } = words.acts.push;
  const said = Object.entries(WORDS[locale]).map(([what, text]) =>
    `<p class="danger" role="alert" data-says="${what}" hidden>${esc(text)}</p>`
  ).join("\n");
  const value = `<input type="hidden" name="value">`;
  const form = actForm({ token, act: "push", label: words.confirm, fields: value });
  return shortPage(locale, {
    title: label,
    lines: [...lines, asks],
    rest: `${said}\n${form}${viewLink({ token, label: words.back })}
<script data-key="${esc(key)}">${PUSH_SCRIPT}</script>`,
  });
}
