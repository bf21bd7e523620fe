import { decodeFrame } from "../../src/market/kis/frame.ts";
import type { Trade } from "../../src/market/trade.ts";

/** What a reader makes of lines of KIS frames, by the feed's own parser: the trades, and what was refused. */
export interface ReadFrames {
  readonly items: readonly ({ readonly trade: Trade } | { readonly refused: true })[];
}

const TRADE_IDS = new Set(["H0STCNT0", "H0UNCNT0", "H0NXCNT0"]);

/** Reads lines of frames; frames of other kinds than trades, and messages, are passed over. */
export function readFrames(text: string): ReadFrames {
  const items: ({ trade: Trade } | { refused: true })[] = [];
  for (const line of text.split("\n")) {
    const frame = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (frame === "" || frame.startsWith("{")) continue;
    const { kind } = decode(frame);
    if (kind === undefined && !isOther(frame)) items.push({ refused: true });
    if (kind === undefined || !TRADE_IDS.has(kind.trId)) continue;
    // One record at a time: a frame's trades and refused records come apart, and their order with it.
    for (const record of recordsOf(frame)) {
      const [trade] = decode(`0|${kind.trId}|001|${record}`).trades;
      items.push(trade === undefined ? { refused: true } : { trade });
    }
  }
  return { items };
}

function decode(frame: string): ReturnType<typeof decodeFrame> {
  return decodeFrame(new TextEncoder().encode(frame), 0);
}

/** A plain frame of a kind that is no trade, known or not. */
function isOther(frame: string): boolean {
  const id = /^0\|(.{8})\|./.exec(frame)?.[1];
  return id !== undefined && !TRADE_IDS.has(id);
}

function recordsOf(frame: string): string[] {
  const [, , count, payload = ""] = frame.split("|", 4);
  const fields = payload.split("^");
  const width = fields.length / Number(count);
  return Array.from(
    { length: Number(count) },
    (_, index) => fields.slice(index * width, (index + 1) * width).join("^"),
  );
}
