import { expect } from "expect";
import { GONE_MS, type PagePort, SharedStreams, type ToPage } from "./shared_streams.ts";
import type { FollowStreamOptions } from "./stream.ts";

const MARKET = { id: 1, url: "/v1/market/stream", events: ["trades"] };
const ALERTS = { id: 2, url: "/v1/alerts/stream", events: ["alert"] };

function page(): { port: PagePort; got: ToPage[] } {
  const got: ToPage[] = [];
  return { port: { send: (message) => got.push(message) }, got };
}

function shared() {
  const opened: FollowStreamOptions[] = [];
  return { opened, streams: new SharedStreams((options) => opened.push(options)) };
}

Deno.test("ten tabs share one connection a stream; each is told its events and its state", () => {
  const { opened, streams } = shared();
  const tabs = Array.from({ length: 10 }, page);
  for (const { port } of tabs) streams.want(port, { want: [MARKET, ALERTS] }, 0);
  expect(opened.map(({ url }) => url)).toEqual([MARKET.url, ALERTS.url]);
  opened[0]?.state("live");
  opened[0]?.on.trades?.("[]");
  opened[0]?.resumed?.();
  for (const { got } of tabs) {
    expect(got.slice(2)).toEqual([
      { id: 1, state: "live" },
      { id: 1, event: "trades", data: "[]" },
      { id: 1, resumed: true },
    ]);
  }
  const late = page();
  streams.want(late.port, { want: [MARKET] }, 0);
  expect(late.got).toEqual([{ id: 1, state: "live" }]);
});

Deno.test("a stream ends with the last tab that wants it, also with one that was never heard of again", () => {
  const { opened, streams } = shared();
  const [one, other] = [page(), page()];
  streams.want(one.port, { want: [MARKET, ALERTS] }, 0);
  streams.want(other.port, { want: [MARKET] }, 0);
  // In the background a page lets go of the prices alone.
  streams.want(one.port, { want: [ALERTS] }, 10);
  expect(opened.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  streams.want(one.port, { want: [] }, 20);
  expect(opened.map(({ signal }) => signal.aborted)).toEqual([false, true]);
  streams.sweep(GONE_MS + 1);
  expect(opened.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  expect(streams.size).toBe(0);
  // It was only asleep: what it wants is opened again.
  streams.want(other.port, { want: [MARKET] }, GONE_MS + 2);
  expect(streams.size).toBe(1);
  // And it fetches what it missed.
  expect(other.got.slice(1)).toEqual([{ id: 1, state: "connecting" }, { id: 1, resumed: true }]);
});

Deno.test("saying the same again changes nothing", () => {
  const { opened, streams } = shared();
  const { port, got } = page();
  for (let at = 0; at < 3; at++) streams.want(port, { want: [MARKET] }, at);
  expect([opened.length, got.length]).toEqual([1, 1]);
});
