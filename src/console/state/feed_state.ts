import { MarketCalendar, type Phase } from "../../market/calendar.ts";
import { dateOf, seoulDay } from "../../market/seoul_time.ts";
import type { StreamState } from "../api/stream.ts";

/** What is known of the feed at a moment. Times are epoch ms. */
export interface FeedMoment {
  readonly now: number;
  /** The page's own connection. */
  readonly stream: StreamState;
  /** The feed as the producer reports it; undefined: nothing is reported. */
  readonly source:
    | { readonly name: string; readonly state: string; readonly venues: readonly string[] }
    | undefined;
  /** When a trade came last, by this page's clock, or when the newest that was there already was traded. */
  readonly newestAt: number | undefined;
  /** The newest trade's own time. */
  readonly newestEvent: number | undefined;
  /** Since when the page listens. */
  readonly listensSince: number;
}

/** Where prices come from. */
export type FeedSource = "simulator" | "replay" | "kis" | "nxt" | "other" | "none";

/** Of which kind what is to be said is: it decides the colour and the words. */
export type FeedTone = "connecting" | "lost" | "live" | "stale" | "idle" | "ended" | "failed";

/** What the badge says of the feed, not of the page's connection. */
export interface FeedState {
  readonly tone: FeedTone;
  readonly source: FeedSource;
  /** The market's phase; undefined where the source has none, as the simulator. */
  readonly phase: FeedPhase | undefined;
  /** How old the newest trade is; undefined: there was none. */
  readonly ageMs: number | undefined;
  /** Since when prices stand still; of an ended replay the last trade's own time. */
  readonly since: number | undefined;
}

/** A phase of the day, KRX's and NXT's together. */
export type FeedPhase = Exclude<Phase, "closed"> | "before" | "closed" | "holiday";

/** How long a market may be silent before that is a fault, ms. */
const QUIET_MS: Readonly<Record<"continuous" | "other", number>> = { continuous: 30_000, other: 150_000 };
/** The simulator and a replay at any speed have a trade more often. */
const MADE_QUIET_MS = 15_000;
const TRADING: ReadonlySet<FeedPhase> = new Set(["pre_market", "continuous", "after_close", "after_market"]);

const CALENDAR = new MarketCalendar();

/** What is to be said of the feed. */
export function feedState(moment: FeedMoment): FeedState {
  const { now, stream, source, newestAt, newestEvent } = moment;
  const from = sourceOf(source);
  const isMarket = from === "kis" || from === "nxt" || from === "other";
  const phaseTime = isMarket ? now : from === "replay" ? newestEvent : undefined;
  const phase = phaseTime === undefined ? undefined : phaseAt(phaseTime, { nxtOnly: from === "nxt" });
  const ageMs = newestAt === undefined ? undefined : Math.max(0, now - newestAt);
  const say = (tone: FeedTone, since?: number): FeedState => ({ tone, source: from, phase, ageMs, since });

  if (stream === "lost") return say("lost", newestAt);
  if (source?.state === "ended") return say("ended", newestEvent);
  if (source?.state === "failed") return say("failed", newestAt);
  if (isMarket && phase !== undefined && !TRADING.has(phase)) return say("idle", newestAt);
  const quiet = !isMarket ? MADE_QUIET_MS : phase === "continuous" ? QUIET_MS.continuous : QUIET_MS.other;
  // Of a replay that was silent since the page was opened the last trade's own time is known.
  if (ageMs === undefined) {
    return now - moment.listensSince > quiet ? say("stale", newestEvent) : say("connecting");
  }
  return ageMs > quiet ? say("stale", newestAt) : say("live");
}

function sourceOf(source: FeedMoment["source"]): FeedSource {
  if (source === undefined) return "none";
  if (source.name === "simulator" || source.name === "replay") return source.name;
  if (source.name !== "kis") return "other";
  return source.venues.length > 0 && source.venues.every((venue) => venue === "NXT") ? "nxt" : "kis";
}

/** KRX's phase, and NXT's where KRX is closed. */
function phaseAt(at: number, { nxtOnly }: { nxtOnly: boolean }): FeedPhase {
  const krx = CALENDAR.phaseAt("KRX", at);
  const nxt = CALENDAR.phaseAt("NXT", at);
  const phase = nxtOnly || krx.phase === "closed" ? nxt.phase : krx.phase;
  if (phase !== "closed") return phase;
  const next = Math.min(krx.until, nxt.until);
  if (dateOf(next) === dateOf(at)) return "before";
  return CALENDAR.isTradingDay(seoulDay(at)) ? "closed" : "holiday";
}
