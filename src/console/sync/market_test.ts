import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import type { Trade } from "../../market/trade.ts";
import type { FollowStreamOptions, StreamState } from "../api/stream.ts";
import { trade } from "../fixture.ts";
import { Cell, type Loadable } from "../base/cell.ts";
import type { ShownStatus } from "../api/types.ts";
import { MarketState } from "../state/market.ts";
import { MarketSync } from "./market.ts";

/** What of the page's state has to do with the market. */
function stateOf(clock: VirtualClock) {
  const loading = { state: "loading" } as const;
  return {
    market: new MarketState(),
    marketReady: new Cell<Loadable<true>>(loading),
    stream: new Cell<StreamState>("connecting"),
    missed: new Cell(0),
    status: new Cell<Loadable<ShownStatus>>(loading),
    now: () => clock.now(),
  };
}

const NOW = Date.UTC(2026, 10, 23, 0, 47);

/** A page with a stream that the test speaks for, and a store that has what it is given. */
async function openPage(
  body: (page: {
    readonly clock: VirtualClock;
    readonly state: ReturnType<typeof stateOf>;
    readonly stored: Trade[];
    readonly streams: FollowStreamOptions[];
    /** How often the listing and the last trades were asked for. */
    readonly asked: { symbols: number; lastTrades: number };
    hide(hidden: boolean): void;
  }) => Promise<void>,
): Promise<void> {
  const document = Object.assign(new EventTarget(), { hidden: false });
  Object.assign(globalThis, { document, requestAnimationFrame: (work: () => void) => work() });
  const ended = new AbortController();
  try {
    const clock = new VirtualClock(NOW);
    const state = stateOf(clock);
    const stored: Trade[] = [];
    const streams: FollowStreamOptions[] = [];
    const asked = { symbols: 0, lastTrades: 0 };
    const client = {
      symbols: () => Promise.resolve((asked.symbols++, [])),
      lastTrades: () => Promise.resolve((asked.lastTrades++, [...stored])),
    };
    const tabs = { follow: (options: FollowStreamOptions) => void streams.push(options) };
    await new MarketSync(state, client as never, tabs, clock).start(ended.signal);
    const hide = (hidden: boolean) => {
      document.hidden = hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    };
    await body({ clock, state, stored, streams, asked, hide });
  } finally {
    ended.abort();
    for (const name of ["document", "requestAnimationFrame"]) Reflect.deleteProperty(globalThis, name);
  }
}

const bought = trade({ symbol: "005930", eventTime: NOW });
const priceOf = ({ market }: ReturnType<typeof stateOf>) => market.rows.get("005930")?.trade?.price;

Deno.test("a trade that came between the first prices and the stream is fetched once it is stored", () =>
  openPage(async ({ clock, state, stored, streams, asked }) => {
    streams[0]!.state("live");
    stored.push(bought);
    await clock.advance(2_000);
    expect([priceOf(state), state.missed.value]).toEqual([undefined, 0]);
    await clock.advance(2_000);
    expect([priceOf(state), state.missed.value]).toEqual([bought.price, 1]);
    // The listing is known.
    expect(asked).toEqual({ symbols: 1, lastTrades: 2 });
  }));

Deno.test("a page that comes back fetches at once, and again when what came just before is stored; not while it is away again", () =>
  openPage(async ({ clock, state, stored, streams, hide }) => {
    streams[0]!.state("live");
    await clock.advance(10_000);
    hide(true);
    hide(false);
    streams[1]!.state("live");
    await clock.advance(1_000);
    expect(state.missed.value).toBe(2);
    stored.push(bought);
    await clock.advance(3_000);
    expect([priceOf(state), state.missed.value]).toEqual([bought.price, 3]);
    streams[1]!.state("lost");
    streams[1]!.state("live");
    streams[1]!.resumed?.();
    await clock.advance(1_000);
    hide(true);
    await clock.advance(10_000);
    expect(state.missed.value).toBe(4);
  }));
