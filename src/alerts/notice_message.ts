import type { MessageLinks } from "./alert_view.ts";
import { page } from "./alert_html.ts";
import { alertMessage, type Message } from "./message.ts";
import type { Notice, NoticeKind } from "./notice.ts";
import { sampleAlert } from "./preview.ts";
import { escapeHtml as esc, headerValue } from "./safe_text.ts";
import type { Locale } from "../rules/rule.ts";

/** What a notice says in one language. Nothing that somebody typed stands in it: it reaches people who know nothing of us. */
interface NoticeWords {
  readonly subject: string;
  readonly lines: readonly string[];
  /** Of the button. */
  readonly action: string;
  /** Below it. */
  readonly small: string;
}

const WORDS: Readonly<Record<Exclude<NoticeKind, "test" | "report">, Readonly<Record<Locale, NoticeWords>>>> =
  {
    confirm: {
      ko: {
        subject: "[확인] 주식 알림을 받으시겠습니까?",
        lines: [
          "이 주소로 주식 알림을 보내 달라는 요청이 있었습니다.",
          "아래 링크를 열고 동의하면 그때부터 알림을 보냅니다. 동의하지 않으면 보내지 않습니다.",
        ],
        action: "알림 받기",
        small: "요청한 적이 없다면 이 메일을 무시하세요.",
      },
      en: {
        subject: "[confirm] Do you want stock alerts?",
        lines: [
          "Somebody asked that stock alerts be sent to this address.",
          "They begin once you open the link below and agree. Without that nothing is sent.",
        ],
        action: "Get the alerts",
        small: "If you did not ask for this, ignore this mail.",
      },
    },
    "sign-in": {
      ko: {
        subject: "[로그인] 주식 알림 로그인 링크",
        lines: ["아래 링크로 로그인합니다. 한 번만, 15분 안에 쓸 수 있습니다."],
        action: "로그인",
        small: "로그인하려던 것이 아니라면 이 메일을 무시하세요.",
      },
      en: {
        subject: "[sign in] Your link to the stock alerts",
        lines: ["The link below signs you in. It works once, within 15 minutes."],
        action: "Sign in",
        small: "If you did not want to sign in, ignore this mail.",
      },
    },
  };

const TEST = { ko: "[시험]", en: "[test]" } as const;

/**
 * The message of a notice.
 *
 * @throws {RangeError} for a notice that asks for something, without links: a bug.
 */
export function noticeMessage({ kind, locale, said }: Notice, { action, address }: MessageLinks): Message {
  if (kind === "test") {
    const message = alertMessage(sampleAlert("target_price", locale));
    return { ...message, subject: headerValue(`${TEST[locale]} ${message.subject}`) };
  }
  if (kind === "report") return reportMessage(locale, said);
  const words = WORDS[kind][locale];
  if (action === undefined) throw new RangeError(`a ${kind} notice needs --console-url and --link-secret`);
  const never = locale === "ko" ? "이 주소로는 다시 묻지 않기" : "Never ask this address again";
  const stop = kind === "confirm" && address !== undefined ? [{ href: address, label: never }] : [];
  return {
    subject: headerValue(words.subject),
    text: [
      ...words.lines,
      "",
      `${words.action}: ${action}`,
      "",
      words.small,
      ...stop.map(({ href, label }) => `${label}: ${href}`),
      "",
    ].join("\n"),
    html: page(
      locale,
      `${
        words.lines.map((line) =>
          `<p class="text" style="margin:0 0 12px;font-size:15px;color:#111">${esc(line)}</p>`
        ).join("\n")
      }
<p style="margin:20px 0"><a href="${
        esc(action)
      }" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#0051c7;color:#ffffff;font-size:16px;text-decoration:none">${
        esc(words.action)
      }</a></p>
<p class="quiet" style="margin:0;font-size:13px;color:#666">${esc(words.small)}${
        stop.map(({ href, label }) => `<br><a href="${esc(href)}" style="color:#0051c7">${esc(label)}</a>`)
          .join(
            "",
          )
      }</p>`,
    ),
    headers: {},
  };
}

/** The day's report: its title is the subject. */
function reportMessage(locale: Locale, said: Notice["said"]): Message {
  if (said === undefined) throw new RangeError("a report's notice says nothing");
  const lines = said.lines.map((line) => {
    const inset = line.startsWith("  ") ? ";padding-left:16px" : "";
    return `<p class="text" style="margin:0 0 4px;font-size:14px;color:#111${inset}">${esc(line.trim())}</p>`;
  });
  return {
    subject: headerValue(`[Tickbell] ${said.title}`),
    text: [said.title, "", ...said.lines, ""].join("\n"),
    html: page(
      locale,
      `<p class="text" style="margin:0 0 12px;font-size:17px;font-weight:700;color:#111">${
        esc(said.title)
      }</p>
${lines.join("\n")}`,
    ),
    headers: {},
  };
}
