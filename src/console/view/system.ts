import { fill, h, setText } from "../base/dom.ts";
import { shortTime, whole } from "../format.ts";
import { isTextKey } from "../i18n/text.ts";
import type { ApiStatus } from "../api/types.ts";
import type { ViewContext } from "./context.ts";
import { emptyNote, failureNote, loadingNote, valueOf } from "./states.ts";

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
    h("div", { class: "scroll" }, body, about(context)),
  );
}

function sections({ say }: ViewContext, status: ApiStatus, rate: HTMLElement): HTMLElement[] {
  const { source } = status;
  const word = (name: string) => isTextKey(`state.${name}`) ? say(`state.${name}` as "state.ready") : name;
  const stateLine = (name: string, stateName: string, detail: string) =>
    h(
      "li",
      { "data-state": stateName },
      h("span", { class: "dot", "aria-hidden": "true" }),
      h("strong", {}, name),
      h("span", { class: "outcome" }, word(stateName)),
      h("span", { class: "under" }, detail),
    );
  const happened = (items: readonly { symbol: string; at: number }[], words: (item: never) => string) =>
    items.map((item) =>
      h(
        "li",
        {},
        h("time", {}, shortTime(item.at, Date.now())),
        h("strong", {}, item.symbol === "" || item.symbol === "*" ? say("system.everything") : item.symbol),
        h("span", { class: "under" }, words(item as never)),
      )
    );
  return [
    section(
      say("system.source"),
      "states",
      source === undefined ? [] : [stateLine(source.name, source.state, source.detail)],
    ),
    h(
      "dl",
      { class: "facts" },
      h("div", {}, h("dt", {}, say("system.throughput")), rate),
      ...status.lag.map((one) =>
        h(
          "div",
          {},
          h("dt", {}, `${say("system.lag")} · ${one.role}`),
          h("dd", {}, say("system.records", { count: whole(one.records) })),
        )
      ),
    ),
    section(
      say("system.roles"),
      "states",
      status.components.map((one) => stateLine(one.name, one.state, one.detail)),
    ),
    section(
      say("system.gaps"),
      "events",
      status.gaps.length === 0
        ? [emptyNote(say("system.gaps.none"))]
        : happened(status.gaps, (gap: { reason: string }) => gap.reason),
    ),
    section(say("system.halts"), "events", happened(status.events, (event: { what: string }) => event.what)),
    section(
      say("system.refused"),
      "events",
      (source?.refused ?? []).map((one) =>
        h("li", {}, h("strong", {}, one.symbol), h("span", { class: "under" }, one.reason))
      ),
    ),
  ].filter((part) => part.querySelector("li, .empty, dd") !== null);
}

function section(title: string, kind: string, items: readonly HTMLElement[]): HTMLElement {
  const list = items[0]?.tagName === "LI" ? h("ul", { class: kind }, ...items) : h("div", {}, ...items);
  return h("section", {}, h("h3", {}, title), list);
}

/** Trades a second, as this page receives them. */
function watchRate({ state, say, signal }: ViewContext, element: HTMLElement): void {
  let before = state.market.received;
  const look = () => {
    const { received } = state.market;
    setText(element, say("system.persecond", { count: whole(Math.max(0, received - before)) }));
    before = received;
  };
  const timer = setInterval(look, RATE_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  look();
}

function about({ say }: ViewContext): HTMLElement {
  return h(
    "section",
    { class: "system" },
    h("h3", {}, say("system.about")),
    h("p", {}, h("a", { href: "/docs" }, say("system.docs"))),
    h(
      "p",
      { class: "under" },
      h("a", { href: CHARTS, rel: "noreferrer", target: "_blank" }, say("system.charts")),
    ),
  );
}
