import { expect } from "expect";
import { type FeedMoment, feedState } from "./feed_state.ts";

const at = (time: string) => Date.parse(`${time}+09:00`);
const NOON = at("2026-11-23T12:00:00");
const KIS = { name: "kis", state: "open", venues: ["KRX"] };

function moment(given: Partial<FeedMoment>): FeedMoment {
  const now = given.now ?? NOON;
  return {
    now,
    stream: "live",
    source: KIS,
    newestAt: now - 500,
    newestEvent: now - 500,
    listensSince: 0,
    ...given,
  };
}

const toneOf = (given: Partial<FeedMoment>) => feedState(moment(given)).tone;
const phaseOf = (time: string) => feedState(moment({ now: at(time) })).phase;

Deno.test("the badge is live only while trades come; a dead feed is stale, and since when", () => {
  expect(feedState(moment({}))).toEqual({
    tone: "live",
    source: "kis",
    phase: "continuous",
    ageMs: 500,
    since: undefined,
  });
  const dead = feedState(moment({ newestAt: NOON - 120_000 }));
  expect([dead.tone, dead.since]).toEqual(["stale", NOON - 120_000]);
  // Nothing ever came: the page's own connection makes nothing live.
  expect(toneOf({ newestAt: undefined, newestEvent: undefined })).toBe("stale");
  expect(toneOf({ newestAt: undefined, newestEvent: undefined, listensSince: NOON - 1_000 })).toBe(
    "connecting",
  );
  const replay = { name: "replay", state: "open", venues: [] };
  expect(feedState(moment({ source: replay, newestAt: undefined, newestEvent: at("2026-11-20T10:00:02") })))
    .toMatchObject({ tone: "stale", since: at("2026-11-20T10:00:02") });
  expect(toneOf({ stream: "lost" })).toBe("lost");
  expect(toneOf({ source: { ...KIS, state: "failed" } })).toBe("failed");
  expect(toneOf({ source: undefined, newestAt: NOON - 60_000 })).toBe("stale");
});

Deno.test("an ended replay says so, with the time of its last trade", () => {
  const ended = feedState(moment({
    source: { name: "replay", state: "ended", venues: [] },
    newestEvent: at("2026-11-20T15:29:59"),
  }));
  expect(ended).toMatchObject({ tone: "ended", source: "replay", since: at("2026-11-20T15:29:59") });
});

Deno.test("the simulator trades at any hour and has no phase", () => {
  const source = { name: "simulator", state: "open", venues: [] };
  const night = at("2026-11-23T03:00:00");
  expect(feedState(moment({ now: night, source }))).toMatchObject({ tone: "live", phase: undefined });
  expect(toneOf({ now: night, source, newestAt: night - 20_000 })).toBe("stale");
});

Deno.test("the market's phases of a day; a closed market is idle, not stale", () => {
  expect(phaseOf("2026-11-23T07:00:00")).toBe("before");
  expect(phaseOf("2026-11-23T08:10:00")).toBe("pre_market");
  expect(phaseOf("2026-11-23T08:55:00")).toBe("opening_auction");
  expect(phaseOf("2026-11-23T15:25:00")).toBe("closing_auction");
  expect(phaseOf("2026-11-23T19:00:00")).toBe("after_market");
  expect(phaseOf("2026-11-23T21:00:00")).toBe("closed");
  expect(phaseOf("2026-11-22T12:00:00")).toBe("holiday");
  const night = at("2026-11-23T21:00:00");
  expect(toneOf({ now: night, newestAt: night - 3_600_000 })).toBe("idle");
});

Deno.test("a feed of NXT alone goes by NXT's day", () => {
  const source = { ...KIS, venues: ["NXT", "NXT"] };
  expect(feedState(moment({ source, now: at("2026-11-23T08:55:00") }))).toMatchObject({
    source: "nxt",
    phase: "before",
  });
});
