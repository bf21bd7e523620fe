import { foldBars, intervalLength, intervalStart, partsOf } from "../../market/chart_interval.ts";
import { searchDirectory } from "../../market/search_directory.ts";
import { parseSymbol } from "../../market/symbol.ts";
import { instantOf } from "../http/instant.ts";
import { type Route, route } from "./route_table.ts";
import { accountOf } from "../people/person_policy.ts";
import type { TurnTaker } from "../turns.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { type EventSource, eventStream } from "../http/event_stream.ts";
import { encodePositions, resumedFrom } from "../http/positions.ts";
import { z } from "@hono/zod-openapi";
import type { MarketHub } from "../market_hub.ts";
import { notFound } from "../http/problem.ts";
import { lastEventId, symbolCode } from "../schemas/common.ts";
import {
  CandlePage,
  CandleQuery,
  QuoteView,
  SymbolDetailView,
  SymbolPage,
  SymbolQuery,
  TradePage,
  TradeQuery,
} from "../schemas/market.ts";
import { referenceView } from "../views.ts";

const DAY_MS = 86_400_000;
/** Days back that a chart of minutes or days shows by default, a part of an interval each. */
const DAYS_SHOWN = { "1m": 1, "1d": 400 } as const;
/** Minutes that are read for a chart, at most: half a year of them. */
const MOST_PARTS = 50_000;
const params = { symbol: symbolCode };

const searchSymbols = route({
  method: "get",
  path: "/v1/symbols",
  operationId: "searchSymbols",
  summary: "Find symbols by code, Korean or English name",
  tag: "market",
  access: "rules:read",
  query: SymbolQuery,
  answers: {
    200: { description: "Symbols; with q the best first, without it by code", schema: SymbolPage },
  },
}, async ({ c, who, query }, { deps: { directory }, turns }) => {
  const limit = query.limit ?? 20;
  if (query.q !== undefined && query.q !== "") {
    return c.json({ data: [...searchDirectory(directory, query.q, limit)], nextCursor: null });
  }
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(directory.all(), { ...query, limit }, {
    turns: turn,
    sort: "symbol",
    keys: ({ symbol }) => [symbol],
    keyCount: 1,
    view: (listed) => listed,
  });
  return jsonPage(c, page, turn);
});

const getSymbol = route({
  method: "get",
  path: "/v1/symbols/{symbol}",
  operationId: "getSymbol",
  summary: "One symbol",
  tag: "market",
  access: "rules:read",
  params,
  answers: { 200: { description: "The symbol, and what is known of it", schema: SymbolDetailView } },
  failures: [404],
}, ({ c, param }, { deps: { directory } }) => {
  const listed = directory.get(param("symbol"));
  if (listed === undefined) throw notFound("symbol", param("symbol"));
  return c.json({ ...listed, reference: referenceView(directory.reference(listed.symbol)) });
});

const lastTrades = route({
  method: "get",
  path: "/v1/market/last",
  operationId: "lastTrades",
  summary: "The last trade of each symbol",
  tag: "market",
  access: "rules:read",
  answers: { 200: { description: "Trades, by symbol", schema: TradePage } },
}, async ({ c, who }, { deps: { series }, turns }) => {
  const trades = [...(await series.lastTrades()).values()];
  trades.sort((a, b) => a.symbol < b.symbol ? -1 : 1);
  return jsonPage(c, { data: trades, nextCursor: null }, turns.of(accountOf(who)));
});

const streamTrades = route({
  method: "get",
  path: "/v1/market/stream",
  operationId: "streamTrades",
  summary: "Trades as they come, as server-sent events",
  description:
    "Event `trades`, data an array of trades, up to four times a second; of more than 16,000 trades a second the first, " +
    "highest, lowest and last of each symbol. `heartbeat` every 15 s. Every event has an id; Last-Event-ID resumes after it.",
  tag: "market",
  access: "rules:read",
  query: z.strictObject({ lastEventId: lastEventId.optional() }),
  headers: { "Last-Event-ID": lastEventId },
  answers: { 200: { description: "Events", contentType: "text/event-stream" } },
  failures: [410],
}, async ({ c, who, query }, { deps, market, liveness, streams, stopping, turns }) => {
  const id = c.req.header("last-event-id") ?? query.lastEventId;
  // Listens already: what comes between is read, or sent, and never lost.
  const leave = market.listen(() => {});
  try {
    await market.ready();
    const now = [...market.positions];
    const from = id === undefined
      ? undefined
      : await resumedFrom({ log: deps.log, topic: "trades", id, now });
    return eventStream(c, tradeEvents(market, from, turns.of(accountOf(who))), {
      stopping,
      streams,
      liveness,
    });
  } finally {
    leave();
  }
});

const getQuote = route({
  method: "get",
  path: "/v1/market/{symbol}/quote",
  operationId: "getQuote",
  summary: "The newest order book of a symbol",
  tag: "market",
  access: "rules:read",
  params,
  answers: { 200: { description: "The order book", schema: QuoteView } },
  failures: [404],
}, async ({ c, param }, { deps: { series } }) => {
  const symbol = parseSymbol(param("symbol"));
  const quote = await series.lastQuote(symbol);
  if (quote === undefined) throw notFound("quote of", symbol);
  return c.json(quote);
});

const listCandles = route({
  method: "get",
  path: "/v1/market/{symbol}/candles",
  operationId: "listCandles",
  summary: "Candles of a symbol, ascending by time",
  description:
    "Minutes up to an hour, days or weeks; by default as far back as fills a chart. The newest may still form.",
  tag: "market",
  access: "rules:read",
  params,
  query: CandleQuery,
  answers: { 200: { description: "Candles", schema: CandlePage } },
}, async ({ c, who, param, query }, { deps: { clock, series }, turns }) => {
  const interval = query.interval ?? "1m";
  const symbol = parseSymbol(param("symbol"));
  const { of, count } = partsOf(interval);
  const limit = query.limit ?? 500;
  const span = range(query, { now: clock.now(), backMs: DAYS_SHOWN[of] * count * DAY_MS });
  // An interval that begins before the span is left out: it would not be whole.
  const from = intervalStart(interval, span.from + intervalLength(interval) - 1);
  const most = Math.min(MOST_PARTS, limit * count);
  const parts = await series.candles({ symbol, interval: of, ...span, from, limit: most });
  const folded = foldBars(parts, interval).map((candle) => ({ ...candle, interval }));
  // The oldest may lack its beginning where there are more parts than were asked for.
  const whole = parts.length === most && count > 1 ? folded.slice(1) : folded;
  return jsonPage(c, { data: whole.slice(-limit), nextCursor: null }, turns.of(accountOf(who)));
});

const listTrades = route({
  method: "get",
  path: "/v1/market/{symbol}/trades",
  operationId: "listTrades",
  summary: "Trades of a symbol, the newest of the time asked for, ascending",
  tag: "market",
  access: "rules:read",
  params,
  query: TradeQuery,
  answers: { 200: { description: "Trades", schema: TradePage } },
}, async ({ c, who, param, query }, { deps: { clock, series }, turns }) => {
  const symbol = parseSymbol(param("symbol"));
  const trades = await series.trades({
    symbol,
    ...range(query, { now: clock.now(), backMs: DAY_MS }),
    limit: query.limit ?? 500,
  });
  return jsonPage(c, { data: trades, nextCursor: null }, turns.of(accountOf(who)));
});

/** Symbols, last trades, quotes, candles; and trades as they come. */
export const MARKET_ROUTES: readonly Route[] = [
  searchSymbols,
  getSymbol,
  lastTrades,
  streamTrades,
  getQuote,
  listCandles,
  listTrades,
];

/** The time that is asked for; by default so far back from now. */
function range(query: { from?: string; to?: string }, { now, backMs }: { now: number; backMs: number }) {
  const to = query.to === undefined ? now + 1 : instantOf(query.to, "to");
  return { from: query.from === undefined ? to - backMs : instantOf(query.from, "from"), to };
}

/** Trades as they come, from some positions on. */
function tradeEvents(
  market: MarketHub,
  from: readonly number[] | undefined,
  turns: TurnTaker,
): EventSource {
  const begun = [...market.positions];
  let seen = from ?? begun;
  return {
    listen: (emit) =>
      market.listen((trades, positions) => {
        const id = () => encodePositions(seen = positions);
        emit({ event: "trades", data: JSON.stringify(trades), id });
      }),
    ...(from === undefined ? {} : {
      before: async function* (signal: AbortSignal) {
        for await (const { trades, positions } of turns.paced(market.between(from, begun, signal), 1)) {
          yield { event: "trades", data: JSON.stringify(trades), id: encodePositions(seen = positions) };
        }
        seen = begun;
      },
    }),
    position: () => encodePositions(seen),
  };
}
