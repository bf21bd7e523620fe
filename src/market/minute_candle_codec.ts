import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { decodeTrade, MAX_EVENT_TIME } from "./decode_trade.ts";
import { encodeTrade } from "./encode_trade.ts";
import type { MinuteCandle } from "./minute_candle.ts";
import { isSymbol, type Symbol } from "./symbol.ts";

/** The JSON of a candle. */
export function encodeCandle({ last, ...candle }: MinuteCandle): string {
  const lasts = last.map(({ trade, high, low }) =>
    `{"high":${high},"low":${low},"trade":${encodeTrade(trade)}}`
  );
  return `${JSON.stringify(candle).slice(0, -1)},"last":[${lasts.join(",")}]}`;
}

const number = z.number().finite();
const Candle = z.object({
  symbol: z.string().refine(isSymbol),
  start: number.nonnegative().lt(MAX_EVENT_TIME),
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  value: number,
  trades: number.int().positive(),
  last: z.array(z.object({ high: number, low: number, trade: z.record(z.string(), z.unknown()) })),
});

const utf8 = new TextEncoder();

/** Reads a record of the `candles` topic. @throws {InputError} `bad_candle`, or `bad_trade` for a last trade. */
export function decodeCandle(value: Uint8Array): MinuteCandle {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    throw refused("must be a JSON object in UTF-8");
  }
  const parsed = Candle.safeParse(read);
  if (!parsed.success) throw refused(parsed.error.issues[0]?.message ?? "is no candle");
  const last = parsed.data.last.map(({ trade, high, low }) => ({
    high,
    low,
    trade: decodeTrade(utf8.encode(JSON.stringify(trade))),
  }));
  return { ...parsed.data, symbol: parsed.data.symbol as Symbol, last };
}

function refused(reason: string): InputError {
  return new InputError("bad_candle", [{ field: "", code: "bad_candle", reason }], "Cannot read a candle");
}
