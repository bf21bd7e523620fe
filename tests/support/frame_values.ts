import { FRAME_KINDS } from "../../src/market/kis/fields.ts";
import { decodeFrame } from "../../src/market/kis/frame.ts";
import { quoteValue } from "../../src/market/kis/quote_record.ts";
import { writeStatus } from "../../src/market/kis/status_record.ts";
import { tradeValue } from "../../src/market/kis/trade_record.ts";

/** A field of a frame that does not stand in what was read of it. */
export interface LostValue {
  readonly frame: number;
  readonly record: number;
  readonly field: string;
  readonly text: string;
  readonly read: unknown;
}

const ABSENT = new Set(["", "(null)"]);
/** Not kept: price against open, high and low, which are kept themselves; what KIS no longer fills. */
const NOT_KEPT = /VRSS_PRPR(?:_SIGN)?$|^STCK_DEAL_CLS_CODE$/;

/**
 * Every field of the records of some frames (one a line; comments and messages are passed over) whose value is not in the
 * trade, order book or status that was read, or that was refused.
 */
export function lostValues(text: string, receivedAt: number): { lost: LostValue[]; records: number } {
  const lost: LostValue[] = [];
  let records = 0;
  const lines = text.split("\n").filter((line) => /^[01]\|/.test(line));
  lines.forEach((line, frame) => {
    const { kind, trades, quotes, statuses, refused, width } = decodeFrame(
      new TextEncoder().encode(line),
      receivedAt,
    );
    for (const { code, reason } of refused) {
      lost.push({ frame, record: 0, field: code, text: reason, read: undefined });
    }
    if (kind === undefined) return;
    const fields = line.split("|", 4)[3]?.split("^") ?? [];
    const read = [
      ...trades.map((trade) => (kis: string) => tradeValue(trade, kis)),
      ...quotes.map((quote) => (kis: string) => quoteValue(quote, kis)),
      ...statuses.map((status) => {
        const written = writeStatus(status).split("^");
        const { fields: known } = FRAME_KINDS[kind.trId] as typeof kind;
        return (kis: string) => written[known.findIndex((field) => field.kis === kis)];
      }),
    ];
    const items = [...trades, ...quotes, ...statuses] as unknown as Record<string, unknown>[];
    records += read.length;
    read.forEach((valueOf, record) => {
      fields.slice(record * width, (record + 1) * width).forEach((text, index) => {
        const field = kind.fields[index]?.kis ?? `field${index + 1}`;
        const value = index < kind.fields.length ? valueOf(field) : items[record]?.[field];
        if (!NOT_KEPT.test(field) && !same(text, value)) {
          lost.push({ frame, record, field, text, read: value });
        }
      });
    });
  });
  return { lost, records };
}

function same(text: string, value: unknown): boolean {
  if (ABSENT.has(text.trim())) return value === undefined || ABSENT.has(String(value)) || value === 0;
  if (value === undefined) return Number(text) === 0 || ABSENT.has(text);
  return String(value) === text || Number(text) === Number(value);
}
