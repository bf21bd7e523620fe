import type { Locale } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { alertHtml } from "./alert_html.ts";
import { digestHtml } from "./digest_html.ts";
import { clockTime, fullTime, signedRate, signedWon, won } from "./format.ts";
import { headerValue, oneLine } from "./safe_text.ts";
import { ruleInWords, WORDS, type Words } from "./words.ts";

/** What a mail says; the same text goes to chats, and the alert itself to webhooks. */
export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a message's links lead. Absent ones are left out. */
export interface MessageLinks {
  /** The alert in the console. */
  readonly console?: string;
  /** Pauses the rule; signed, see `unsubscribe.ts`. */
  readonly stop?: string;
}

/** An alert's facts as texts, each on one line and free of tricks; still to be escaped for HTML. */
export interface AlertView {
  readonly words: Words;
  readonly locale: Locale;
  readonly direction: Alert["direction"];
  readonly kind: string;
  readonly name: string;
  readonly code: string;
  /** "▼ 0.75% 하락". */
  readonly move: string;
  readonly price: string;
  readonly rate: string;
  readonly change: string;
  readonly rule: string;
  readonly time: string;
  readonly note: string;
  readonly quiet: string;
}

/** The mail of one alert: subject `[목표가 알림] 09시47분 - 삼성전자`, text and HTML. */
export function alertMessage(alert: Alert, links: MessageLinks = {}): Message {
  const view = alertView(alert);
  return {
    subject: headerValue(
      `[${view.kind} ${view.words.alert}] ${clockTime(alert.eventTime, alert.locale)} - ${view.name}`,
    ),
    text: alertText(view, links),
    html: alertHtml(view, links),
    headers: listHeaders(links),
  };
}

/**
 * The mail that lists alerts which did not go out one by one, oldest first, every one of them.
 *
 * @param why `storm`: too many in a minute; `quiet`: they came in quiet hours.
 */
export function digestMessage(
  alerts: readonly Alert[],
  why: "storm" | "quiet",
  links: MessageLinks = {},
): Message {
  const ordered = [...alerts].sort((one, other) => one.eventTime - other.eventTime);
  const views = ordered.map(alertView);
  const [first] = views;
  const [oldest] = ordered;
  if (first === undefined || oldest === undefined) throw new RangeError("a digest needs at least one alert");
  const { words, locale } = first;
  const subject = `[${words.digest} ${words.alert}] ${clockTime(oldest.eventTime, locale)} - ${
    words.andOthers(first.name, views.length - 1)
  }`;
  const intro = words.digestIntro(views.length, why);
  const lines = views.map((view) =>
    `${view.time}  ${view.name} (${view.code}) ${view.move}, ${view.price}, ${view.change} — ${view.rule}`
  );
  const console = links.console === undefined ? [] : ["", `${words.console}: ${links.console}`];
  return {
    subject: headerValue(subject),
    text: [intro, "", ...lines, ...console, ""].join("\n"),
    html: digestHtml(views, intro, links),
    headers: {},
  };
}

/** The texts of an alert in its own locale. */
export function alertView(alert: Alert): AlertView {
  const { locale } = alert;
  const words = WORDS[locale];
  const name = oneLine(locale === "en" ? alert.nameEn ?? alert.name : alert.name, 80);
  return {
    words,
    locale,
    direction: alert.direction,
    kind: words.kinds[alert.kind],
    name: name === "" ? alert.symbol : name,
    code: alert.symbol,
    move: moveOf(alert, words),
    price: won(alert.price, locale),
    rate: signedRate(alert.rate),
    change: `${signedWon(alert.change)}${locale === "ko" ? "원" : " won"}`,
    rule: ruleInWords(alert, locale),
    time: `${fullTime(alert.eventTime, locale)} (${words.seoul})`,
    note: oneLine(alert.note),
    quiet: words.quietUntil(clockTime(alert.windowEnd, locale)),
  };
}

function moveOf(alert: Alert, words: Words): string {
  const rate = `${Math.abs(alert.rate).toFixed(2)}%`;
  if (alert.direction === "flat") return `― ${words.flat}`;
  const mark = alert.direction === "up" ? "▲" : "▼";
  const word = alert.direction === "up" ? words.up : words.down;
  return alert.locale === "ko" ? `${mark} ${rate} ${word}` : `${mark} ${word} ${rate}`;
}

function alertText(view: AlertView, links: MessageLinks): string {
  const { words } = view;
  const lines = [
    `${view.name} (${view.code}) ${view.move}`,
    "",
    `${words.price}: ${view.price}`,
    `${words.rate}: ${view.rate}`,
    `${words.change}: ${view.change}`,
    `${words.rule}: ${view.rule}`,
    `${words.time}: ${view.time}`,
  ];
  if (view.note !== "") lines.push(`${words.note}: ${view.note}`);
  lines.push("", view.quiet);
  if (links.console !== undefined) lines.push("", `${words.console}: ${links.console}`);
  if (links.stop !== undefined) lines.push(`${words.stop}: ${links.stop}`);
  return `${lines.join("\n")}\n`;
}

/** List-Unsubscribe, and for https the one-click form of RFC 8058. */
function listHeaders(links: MessageLinks): Record<string, string> {
  if (links.stop === undefined) return {};
  const headers: Record<string, string> = { "List-Unsubscribe": `<${links.stop}>` };
  if (links.stop.startsWith("https:")) headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
  return headers;
}
