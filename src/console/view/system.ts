import { fill, h, setText } from "../base/dom.ts";
import { secondsAtMost, shortTime, whole } from "../format.ts";
import { isTextKey } from "../i18n/text.ts";
import { needWords } from "../i18n/words.ts";
import type { ShownComponent, ShownHappening, ShownStatus } from "../api/types.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { deadLetters } from "./dead_letters.ts";
import { operations } from "./operations.ts";
import { failureOf } from "../api/failure.ts";
import { latencies } from "../state/alert_desk.ts";
import { failureNote, failureWords, loadingNote, valueOf } from "./states.ts";

const RATE_MS = 1_000;
const CHARTS = "https://www.tradingview.com/";

/** How the system is: its feed, its components, lag, gaps and halts. */
export function systemView(context: ViewContext): HTMLElement {
  const { state, say, signal } = context;
  const body = h("div", { class: "system" });
  const rate = h("dd", {});
  state.status.watch(signal, (loaded) => {
    const status = valueOf(loaded);
    const failed = loaded.state === "failed"
      ? failureNote(say, loaded.message, () => location.reload())
      : undefined;
    if (status === undefined) return fill(body, failed ?? loadingNote(say));
    fill(body, failed, ...sections(context, status, rate));
  });
  watchRate(context, rate);
  return h(
    "section",
    { class: "panel system-panel", "aria-label": say("system.title") },
    h("header", { class: "panel-head" }, h("h2", {}, say("system.title"))),
    h("div", { class: "scroll" }, body, operations(context), deadLetters(context), about(context)),
  );
}

function sections(context: ViewContext, status: ShownStatus, rate: HTMLElement): HTMLElement[] {
  const { say } = context;
  const { source } = status;
  const lag = status.lag.map((one) =>
    fact(
      `${say("system.lag")} · ${componentName(context, one.role)}`,
      h("dd", {}, say("system.records", { count: whole(one.records) })),
    )
  );
  const gaps = status.gaps.map((gap) => happening(context, gap));
  return [
    ...(source ? [section(say("system.source"), [stateLine(context, source)])] : []),
    h(
      "dl",
      { class: "facts" },
      fact(say("system.throughput"), rate),
      fact(say("system.latency"), h("dd", {}, latencyWords(context))),
      fact(say("system.missed"), h("dd", { class: "missed-alerts" }, missedWords(context, status))),
      ...lag,
    ),
    section(say("system.roles"), status.components.map((one) => stateLine(context, one))),
    section(say("system.gaps"), gaps, say("system.gaps.none")),
    section(say("system.halts"), status.events.map((event) => happening(context, event))),
    section(say("system.silent"), (source?.silent ?? []).map((one) => happening(context, one))),
    section(say("system.refused"), (source?.refused ?? []).map((one) => happening(context, one))),
  ];
}

/** How long messages took from the trade, of the alerts that are shown. */
function latencyWords({ state, say }: ViewContext): string {
  const took = latencies(valueOf(state.alerts.value) ?? []);
  const [median, most] = [took[Math.floor(took.length / 2)], took.at(-1)];
  return median === undefined || most === undefined
    ? "–"
    : say("system.latency.of", { median: secondsAtMost(median), most: secondsAtMost(most) });
}

/** What the self-check found, and since when it has been at it. */
function missedWords({ state, say }: ViewContext, { selfCheck }: ShownStatus): string {
  if (selfCheck === null) return say("system.missed.none");
  const { missed, since } = selfCheck;
  return say("system.missed.since", { count: whole(missed), time: shortTime(since, state.now()) });
}

function fact(name: string, value: HTMLElement): HTMLElement {
  return h("div", {}, h("dt", {}, name), value);
}

function componentName({ locale }: ViewContext, name: string): string {
  return needWords(locale).components[name] ?? name;
}

function stateLine(context: ViewContext, { name, state, detail }: ShownComponent): HTMLElement {
  const { say, locale } = context;
  const key = `state.${state}`;
  return h(
    "li",
    { class: "state", "data-state": state },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h(
      "strong",
      {},
      componentName(context, name),
      locale === "ko" && h("span", { class: "code" }, ` ${name}`),
    ),
    h("span", { class: "outcome" }, isTextKey(locale, key) ? say(key) : state),
    h("span", { class: "under" }, needWords(locale).detail(detail)),
  );
}

function happening(context: ViewContext, { symbol, text, at }: Partial<ShownHappening>): HTMLElement {
  const name = symbol ? nameOf(context, symbol) : context.say("system.everything");
  return h(
    "li",
    { class: "event" },
    at !== undefined && h("time", {}, shortTime(at, Date.now())),
    h("strong", {}, name),
    h("span", { class: "under" }, needWords(context.locale).detail(text ?? "")),
  );
}

/** A list under a heading; without items a line that says so, or nothing at all. */
function section(title: string, items: readonly HTMLElement[], none?: string): HTMLElement {
  const empty = items.length === 0;
  return h(
    "section",
    { hidden: empty && none === undefined },
    h("h3", {}, title),
    empty ? h("p", { class: "muted" }, none) : h("ul", {}, ...items),
  );
}

/** Trades a second, as this page receives them. */
function watchRate({ state, say, signal }: ViewContext, element: HTMLElement): void {
  let before = state.market.received;
  const refresh = () => {
    const { received } = state.market;
    setText(element, say("system.persecond", { count: whole(Math.max(0, received - before)) }));
    before = received;
  };
  const timer = setInterval(refresh, RATE_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  refresh();
}

function about({ say, client, notify }: ViewContext): HTMLElement {
  const forget = () => {
    client.forget().catch((thrown) => notify(failureWords(say, failureOf(thrown)), "bad"));
  };
  return h(
    "section",
    { class: "system" },
    h("h3", {}, say("system.about")),
    h("p", {}, h("a", { href: "/docs" }, say("system.docs"))),
    h("button", { type: "button", class: "button", onclick: forget }, say("system.forget")),
    h(
      "p",
      { class: "under" },
      h("a", { href: CHARTS, rel: "noreferrer", target: "_blank" }, say("system.charts")),
    ),
  );
}
