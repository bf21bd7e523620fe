import { z } from "@hono/zod-openapi";
import { MARKET_SESSIONS } from "../../market/market_session.ts";
import { SECURITY_KINDS } from "../../market/reference.ts";
import { CHART_INTERVALS } from "../../market/chart_interval.ts";
import { cursorQuery, instantQuery, limitQuery, pageOf } from "./common.ts";

export const SymbolView = z.object({
  symbol: z.string(),
  name: z.string(),
  nameEn: z.string(),
  market: z.enum(["KOSPI", "KOSDAQ"]),
  type: z.enum(SECURITY_KINDS),
  basePrice: z.number(),
}).openapi("Symbol");

const DatedPrice = z.object({ price: z.number(), date: z.string() });

/** What is known of a symbol on a day; null is not known. Prices are won, dates YYYYMMDD. */
export const ReferenceView = z.object({
  date: z.string(),
  states: z.array(z.object({ code: z.string(), reason: z.string() }).openapi("SymbolState")).openapi({
    description: "What whoever follows it ought to know: halted, liquidation, administrative, market_warning",
  }),
  nxt: z.boolean().nullable().openapi({ description: "Whether NXT trades it" }),
  upperLimit: z.number().nullable(),
  lowerLimit: z.number().nullable(),
  high52w: DatedPrice.nullable(),
  low52w: DatedPrice.nullable(),
  listedOn: z.string().nullable(),
}).openapi("SymbolReference");

export const SymbolDetailView = SymbolView.extend({ reference: ReferenceView.nullable() }).openapi(
  "SymbolDetail",
);

/** As on the trades topic: eventTime is epoch ms, prices are won. */
export const TradeView = z.looseObject({
  symbol: z.string(),
  eventTime: z.number().int(),
  price: z.number(),
  sign: z.enum(["1", "2", "3", "4", "5"]),
  change: z.number(),
  rate: z.number(),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  volume: z.number(),
  accVolume: z.number(),
  accValue: z.number(),
  ask: z.number(),
  bid: z.number(),
  halted: z.enum(["Y", "N"]),
  marketSession: z.enum(MARKET_SESSIONS).optional().openapi({ description: "Absent in trades of old logs" }),
  origin: z.enum(["filled", "polled"]).optional().openapi({
    description: "filled: brought by REST after a gap; polled: asked of REST, without a volume; absent: live",
  }),
}).openapi("Trade");

const level = z.array(z.number()).openapi({ description: "price, size" });

/** As on the quotes topic. */
export const QuoteView = z.looseObject({
  symbol: z.string(),
  eventTime: z.number().int(),
  asks: z.array(level),
  bids: z.array(level),
  totalAskSize: z.number(),
  totalBidSize: z.number(),
}).openapi("Quote");

export const CandleView = z.object({
  symbol: z.string(),
  interval: z.enum(CHART_INTERVALS),
  start: z.number().int().openapi({ description: "Epoch ms" }),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
}).openapi("Candle");

export const SymbolPage = pageOf(SymbolView, "SymbolPage");
export const TradePage = pageOf(TradeView, "TradePage");
export const CandlePage = pageOf(CandleView, "CandlePage");

export const SymbolQuery = z.strictObject({
  q: z.string().max(100).optional().openapi({ description: "Code, Korean or English name, or part of it" }),
  limit: limitQuery(20, 1_000).optional(),
  cursor: cursorQuery.optional(),
});

export const CandleQuery = z.strictObject({
  interval: z.enum(CHART_INTERVALS).default("1m").optional(),
  from: instantQuery.optional(),
  to: instantQuery.optional(),
  limit: limitQuery(500, 5_000).optional(),
});

export const TradeQuery = z.strictObject({
  from: instantQuery.optional(),
  to: instantQuery.optional(),
  limit: limitQuery(500, 5_000).optional(),
});
