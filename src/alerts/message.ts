import type { Locale } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { alertHtml, textHtml } from "./alert_html.ts";
import { type AlertView, alertView, type MessageLinks } from "./alert_view.ts";
import { digestHtml } from "./digest_html.ts";
import { DIGEST_WORDS } from "./digest_words.ts";
import { clockTime, fullTime } from "./format.ts";
import type { DigestCause } from "./digest_cause.ts";
import { headerValue } from "./safe_text.ts";
import type { Words } from "./words.ts";

/** What a mail says; the same text goes to chats, and the alert itself to webhooks. */
export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of a webhook's call, where the tenant has its own. */
  readonly body?: string;
}

/**
 * How subjects are written: `condition`, `[목표가] 삼성전자 71,100원 · 64,000원 이상`, so that messages can be distinguished; or
 * `time`, the original's `[목표가 알림] 09시47분 - 삼성전자`.
 */
export const SUBJECT_FORMS = ["condition", "time"] as const;
export type SubjectForm = typeof SUBJECT_FORMS[number];

/** How a message is written. */
export interface MessageStyle {
  readonly subjects?: SubjectForm;
  /** What of it is in a tenant's own words, see `template.ts`. */
  readonly own?: { readonly subject?: string; readonly text?: string; readonly body?: string };
}

/** The message of one alert: subject, text and HTML. */
export function alertMessage(alert: Alert, links: MessageLinks = {}, style: MessageStyle = {}): Message {
  const view = alertView(alert);
  const { subjects = "condition", own: { subject, text, body } = {} } = style;
  return {
    subject: subject ?? subjectOf(alert, view, subjects),
    text: text ?? alertText(view, links),
    html: text === undefined ? alertHtml(view, links) : textHtml(view, text, links),
    headers: listHeaders(links),
    ...(body === undefined ? {} : { body }),
  };
}

function subjectOf(alert: Alert, view: AlertView, form: SubjectForm): string {
  const { kind, name, price, reached, session, words } = view;
  const clock = clockTime(alert.eventTime, alert.locale);
  if (form === "time") return headerValue(`[${kind} ${words.alert}] ${clock} - ${name}`);
  // The regular session goes without saying.
  const aside = alert.marketSession === undefined || alert.marketSession === "regular"
    ? ""
    : ` (${session} ${clock})`;
  return headerValue(`[${kind}] ${name} ${price} · ${reached}${aside}`);
}

/**
 * The mail that lists alerts which did not go out one by one, oldest first, every one of them.
 *
 * @param why what its first lines say of it.
 * @throws {RangeError} without alerts: a bug.
 */
export function digestMessage(
  alerts: readonly Alert[],
  why: DigestCause,
  links: MessageLinks = {},
): Message {
  const ordered = [...alerts].sort((one, other) => one.eventTime - other.eventTime);
  const views = ordered.map(alertView);
  const [first] = views;
  const [oldest] = ordered;
  if (first === undefined || oldest === undefined) throw new RangeError("a digest needs at least one alert");
  const { words, locale } = first;
  const { digest, stopAll, ...of } = DIGEST_WORDS[locale];
  const subject = `[${digest} ${words.alert}] ${clockTime(oldest.eventTime, locale)} - ${
    of.andOthers(first.name, views.length - 1)
  }`;
  const intro = of.intro(views.length, why);
  const lines = views.map((view) =>
    `${view.time}  ${view.name} (${view.code}) ${view.move}, ${view.price}, ${view.change} — ${view.rule}${
      view.lateness === "" ? "" : ` — ${view.lateness}`
    }`
  );
  return {
    subject: headerValue(subject),
    text: [intro, "", ...lines, ...linkLines(words, links, stopAll), ""].join("\n"),
    html: digestHtml(views, intro, links),
    headers: listHeaders(links),
  };
}

function alertText(view: AlertView, links: MessageLinks): string {
  const { words } = view;
  const lines = [
    `${view.name} (${view.code}) ${view.price} · ${view.reached}`,
    view.move,
    "",
    `${words.price}: ${view.price}`,
    `${words.rate}: ${view.rate}`,
    `${words.change}: ${view.change}`,
    `${words.rule}: ${view.rule}`,
    ...(view.measured === "" ? [] : [`${words.measured}: ${view.measured}`]),
    `${words.time}: ${view.time}`,
  ];
  if (view.lateness !== "") lines.push(view.lateness);
  if (view.note !== "") lines.push(`${words.note}: ${view.note}`);
  lines.push("", view.quiet, ...linkLines(words, links, words.stop));
  return `${lines.join("\n")}\n`;
}

/** The links below a text, after an empty line; nothing where there are none. */
function linkLines(words: Words, { page, console, stop }: MessageLinks, stopWords: string): string[] {
  const lines = [
    ...(page === undefined ? [] : [`${words.page}: ${page}`]),
    ...(console === undefined ? [] : [`${words.console}: ${console}`]),
    ...(stop === undefined ? [] : [`${stopWords}: ${stop}`]),
  ];
  return lines.length === 0 ? [] : ["", ...lines];
}

const LATE: Readonly<Record<Locale, string>> = { ko: "지연", en: "late" };

/** A message that comes late says so in its subject, with the trade's date and time. */
export function lateMessage(message: Message, alert: Pick<Alert, "eventTime" | "locale">): Message {
  const { eventTime, locale } = alert;
  const late = `[${LATE[locale]}: ${fullTime(eventTime, locale)}]`;
  return { ...message, subject: headerValue(`${late} ${message.subject}`) };
}

/** List-Unsubscribe, and for https the one-click form of RFC 8058. */
function listHeaders(links: MessageLinks): Record<string, string> {
  if (links.stop === undefined) return {};
  const headers: Record<string, string> = { "List-Unsubscribe": `<${links.stop}>` };
  if (links.stop.startsWith("https:")) headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
  return headers;
}
