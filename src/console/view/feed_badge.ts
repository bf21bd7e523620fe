import { h, setText } from "../base/dom.ts";
import { shortTime } from "../format.ts";
import { type FeedState, feedState } from "../state/feed_state.ts";
import type { ViewContext } from "./context.ts";
import { valueOf } from "./states.ts";

const LOOK_MS = 500;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What the feed is and how old its prices are, in the page's head. */
export function feedBadge(context: ViewContext): HTMLElement {
  const { state, signal } = context;
  const words = h("span", { class: "feed-words" });
  const age = h("span", { class: "feed-age", "aria-hidden": "true" });
  const element = h(
    "span",
    { class: "connection", role: "status" },
    h("i", { class: "dot", "aria-hidden": "true" }),
    words,
    age,
  );
  const look = () => {
    const source = valueOf(state.status.value)?.source ?? undefined;
    const feed = feedState({
      now: state.now(),
      stream: state.stream.value,
      source: source && { ...source, venues: source.symbols.map(({ venue }) => venue) },
      newestAt: state.market.newestAt,
      newestEvent: state.market.newestEvent,
      listensSince: state.listensSince,
    });
    state.feed.set(feed.tone);
    element.dataset.state = feed.tone;
    element.title = source?.detail ?? "";
    // A reader of the page hears of a change once; the age changes all the time.
    setText(words, feedWords(context, feed));
    setText(age, ageWords(context, feed));
  };
  const timer = setInterval(look, LOOK_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  state.stream.watch(signal, look);
  state.status.watch(signal, look);
  return element;
}

function feedWords({ say, state }: ViewContext, { tone, source, phase, since }: FeedState): string {
  const at = since === undefined ? "" : shortTime(since, state.now());
  const what = tone === "live"
    ? phase === undefined ? say("feed.live") : say(`phase.${phase}`)
    : tone === "idle" && phase !== undefined
    ? say(`phase.${phase}`)
    : tone === "stale" && at === ""
    ? say("feed.never")
    : tone === "stale" || tone === "ended"
    ? say(`feed.${tone}`, { time: at })
    : tone === "idle"
    ? ""
    : say(`feed.${tone}`);
  return source === "none" ? what : `${say(`source.${source}`)} · ${what}`;
}

function ageWords({ say }: ViewContext, { tone, ageMs }: FeedState): string {
  if (ageMs === undefined || (tone !== "live" && tone !== "stale")) return "";
  if (ageMs < 1_500) return say("age.now");
  if (ageMs < MINUTE_MS) return say("age.seconds", { count: Math.floor(ageMs / 1_000) });
  if (ageMs < HOUR_MS) return say("age.minutes", { count: Math.floor(ageMs / MINUTE_MS) });
  return say("age.hours", { count: Math.floor(ageMs / HOUR_MS) });
}
