import type { Alert } from "../alert.ts";
import { alertView } from "../alert_view.ts";
import { minuteTime, seoul } from "../format.ts";
import type { Delivery } from "../ledger.ts";
import { escapeHtml as esc, oneLine } from "../safe_text.ts";
import { type ChartPoint, priceChart } from "./chart.ts";
import { actForm, framed, shortPage, viewLink } from "./frame.ts";
import { PAGE_WORDS, type PageAct, type PageWords } from "./page_words.ts";

/** What an alert's page is made of. Times are epoch ms. */
export interface AlertPageModel {
  readonly alert: Alert;
  /** Of the link, for the page's own forms. */
  readonly token: string;
  readonly points: readonly ChartPoint[];
  /** The delivery to whoever has the link. */
  readonly delivery: Pick<Delivery, "state" | "at" | "since" | "attempts" | "reason"> | undefined;
  readonly rule: PageRule | undefined;
  /** What the reader may do with rule and address as they stand. */
  readonly acts: readonly PageAct[];
  /** Whether nothing is sent to the reader's address any more. */
  readonly stopped: boolean;
}

/** The rule as it is now, for whoever has the link. */
export interface PageRule {
  /** In words. */
  readonly words: string;
  readonly changed: boolean;
  readonly paused: boolean;
  /** Until when it is quiet for this reader. */
  readonly quietUntil: number | undefined;
  /** Whether it writes to this reader alone. */
  readonly own: boolean;
  /** Its value, where this reader may change it. */
  readonly value: string | undefined;
}

/** The page of an alert: what happened, the rule, the way of the message, and what can be done. */
export function alertPage(model: AlertPageModel): string {
  const { alert, rule, token, stopped } = model;
  const view = alertView(alert);
  const words = PAGE_WORDS[alert.locale];
  const tone = alert.direction === "flat" ? "" : ` ${alert.direction}`;
  const facts = [
    [view.words.price, view.price],
    [view.words.rate, view.rate],
    [view.words.change, view.change],
    [view.words.time, view.time],
  ].map(([label, value]) => `<dt>${esc(label!)}</dt><dd><bdi>${esc(value!)}</bdi></dd>`).join("");
  const acts = model.acts.map((act) =>
    viewLink({ token, view: act, label: words.acts[act].label, danger: act === "stop" })
  ).join("\n");
  return framed(
    alert.locale,
    `${view.name} ${view.price}`,
    `<p class="quiet">${esc(view.kind)}</p>
<h1><bdi>${esc(view.name)}</bdi> <span class="quiet">${esc(view.code)}</span></h1>
<p class="big${tone}">${esc(view.rule)}</p>
<p class="${tone.trim()}">${esc(view.move)}</p>
${chartOf(model, words)}
<dl>${facts}</dl>
${view.note === "" ? "" : `<p class="quiet"><bdi>${esc(view.note)}</bdi></p>`}
<h2>${esc(words.rule)}</h2>
${ruleHtml(rule, words, alert)}
<h2>${esc(words.way)}</h2>
<ol>${wayOf(model, words)}</ol>
<h2>${esc(words.actions)}</h2>
${stopped ? `<p class="danger">${esc(words.stopped)}</p>\n` : ""}${acts}`,
  );
}

/**
 * What a reader may do with a rule as it stands.
 *
 * @param given.push whether browsers can be written to here.
 */
export function actsOf(
  rule: PageRule | undefined,
  { stopped, push }: { readonly stopped: boolean; readonly push: boolean },
): readonly PageAct[] {
  if (stopped) return ["start"];
  if (rule === undefined) return ["stop"];
  const change: PageAct[] = rule.value === undefined ? [] : ["value"];
  const browser: PageAct[] = rule.own && push ? ["push"] : [];
  const quiet = rule.paused || rule.quietUntil !== undefined;
  return [
    ...(quiet ? ["resume"] as const : ["hour", "today", "pause"] as const),
    ...change,
    ...browser,
    "stop",
  ];
}

/** The page that asks before something is done: opening it changes nothing. */
export function askPage(
  { alert, token, rule }: Pick<AlertPageModel, "alert" | "token" | "rule">,
  act: PageAct,
  fault?: string,
): string {
  const words = PAGE_WORDS[alert.locale];
  const { label, asks } = words.acts[act];
  const value = act === "value"
    ? `<p><label>${esc(words.value)}<input name="value" inputmode="decimal" required maxlength="20" value="${
      esc(rule?.value ?? "")
    }"></label></p>`
    : "";
  const lines = [alertView(alert).name, ...(rule === undefined ? [] : [rule.words]), asks];
  return shortPage(alert.locale, {
    title: label,
    lines: fault === undefined ? lines : [...lines, fault],
    rest: actForm({ token, act, label: words.confirm, danger: act === "stop", fields: value }) +
      viewLink({ token, label: words.back }),
  });
}

/** What is said once it is done. */
export function donePage(
  { alert, token }: Pick<AlertPageModel, "alert" | "token">,
  text: string,
): string {
  const words = PAGE_WORDS[alert.locale];
  return shortPage(alert.locale, {
    title: alertView(alert).name,
    lines: [text],
    rest: viewLink({ token, label: words.back }),
  });
}

function chartOf({ alert, points }: AlertPageModel, words: PageWords): string {
  if (alert.price === 0) return "";
  const level = alert.kind === "target_price" && alert.value !== null ? Number(alert.value) : undefined;
  return priceChart(points, {
    mark: { at: alert.eventTime, price: alert.price },
    ...(level === undefined ? {} : { level }),
    title: words.chart,
  });
}

function ruleHtml(rule: PageRule | undefined, words: PageWords, { locale }: Alert): string {
  if (rule === undefined) return `<p>${esc(words.deleted)}</p>`;
  const remarks = [
    ...(rule.changed ? [words.changed] : []),
    ...(rule.paused ? [words.paused] : []),
    ...(rule.quietUntil === undefined ? [] : [words.silencedUntil(minuteTime(rule.quietUntil, locale))]),
  ];
  return `<p><bdi>${esc(oneLine(rule.words))}</bdi></p>${
    remarks.map((remark) => `<p class="quiet">${esc(remark)}</p>`).join("")
  }`;
}

function wayOf({ alert, delivery }: AlertPageModel, words: PageWords): string {
  const steps: (readonly [string, string])[] = [[words.trade, exactTime(alert.eventTime)]];
  if (delivery !== undefined) {
    const { since, at, state, attempts, reason } = delivery;
    if (since !== undefined) steps.push([words.made, exactTime(since)]);
    const tries = attempts > 1 ? ` (${attempts})` : "";
    const why = state === "suppressed" || state === "dead" || state === "failed" ? reason ?? "" : "";
    steps.push([
      `${words.states[state] ?? state}${tries}${why === "" ? "" : `: ${oneLine(why)}`}`,
      exactTime(at),
    ]);
  }
  return steps.map(([label, time]) => `<li><span>${esc(label)}</span><span>${esc(time)}</span></li>`).join(
    "",
  );
}

/** "09:47:00.123", Asia/Seoul. */
function exactTime(epochMs: number): string {
  const { hour, minute, second } = seoul(epochMs);
  return `${hour}:${minute}:${second}.${String(epochMs % 1000).padStart(3, "0")}`;
}
