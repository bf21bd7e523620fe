import { type RecordPack, unpack } from "../../src/core/record_pack.ts";
import type { MinuteCandle } from "../../src/market/minute_candle.ts";
import { decodeCandle } from "../../src/market/minute_candle_codec.ts";

/** The candles of an engine's packs, in their order. */
export function candlesOf(packs: readonly RecordPack[] = []): MinuteCandle[] {
  return packs.flatMap(unpack).map(({ value }) => decodeCandle(value as Uint8Array));
}
