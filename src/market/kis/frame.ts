import type { StatusEvent } from "../market_event.ts";
import type { Quote } from "../quote.ts";
import type { Trade } from "../trade.ts";
import { FRAME_KINDS, type FrameKind } from "./fields.ts";
import { readQuote } from "./quote_record.ts";
import { RecordReader } from "./record.ts";
import { readStatus } from "./status_record.ts";
import { readTrade } from "./trade_record.ts";
import { FieldFault } from "./values.ts";

/** A frame, or one record of it, that could not be read. */
export interface RefusedRecord {
  /** Stable: `not_utf8`, `not_a_frame`, `encrypted`, `unknown_tr_id`, `bad_count`, `bad_width`, `bad_field`, … */
  readonly code: string;
  /** What was wrong, with the field's KIS name and the value where it was one field. */
  readonly reason: string;
  /** What could not be read: the record, or the whole frame where its records cannot be distinguished. */
  readonly bytes: Uint8Array;
  /** The record's symbol as it stands there, "" where there is none. */
  readonly key: string;
}

/** What a frame had. Event times are at whole seconds: KIS gives no more. */
export interface DecodedFrame {
  /** Undefined when the frame as a whole was refused. */
  readonly kind: FrameKind | undefined;
  readonly trades: readonly Trade[];
  readonly quotes: readonly Quote[];
  readonly statuses: readonly StatusEvent[];
  readonly refused: readonly RefusedRecord[];
  /** Fields of each record; 0 when the frame as a whole was refused. */
  readonly width: number;
  /** KIS's names of fields that decide nothing and had what cannot be read. */
  readonly leftOut: readonly string[];
  /** Records of codes of nine characters (신주인수권 and the like), which no rule can name: passed over. */
  readonly otherCodes: number;
}

/** The parts of `enc|TR_ID|count|f1^f2^…`. */
export interface FrameParts {
  readonly encrypted: boolean;
  readonly trId: string;
  /** As it stands there: text. */
  readonly count: string;
  readonly payload: string;
}

/** Longest frame that is read, in bytes: a hundred times the longest that was seen. */
const MAX_FRAME_BYTES = 1 << 20;
/** Most records in one frame. */
const MAX_FRAME_RECORDS = 9_999;

/** A code that is no symbol of ours though KIS's field has room for it, such as J0036221D. */
const OTHER_CODE = /^[0-9A-Z]{9}$/;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Takes the head of a frame off; undefined when the text is no data frame (a JSON message, garbage). */
export function splitFrame(text: string): FrameParts | undefined {
  if (text[1] !== "|" || (text[0] !== "0" && text[0] !== "1")) return undefined;
  const second = text.indexOf("|", 2);
  const third = second < 0 ? -1 : text.indexOf("|", second + 1);
  if (third < 0) return undefined;
  return {
    encrypted: text[0] === "1",
    trId: text.slice(2, second),
    count: text.slice(second + 1, third),
    payload: text.slice(third + 1),
  };
}

/**
 * Reads a data frame of KIS, every record of it. A bad record is refused with its bytes and the others are read; only a
 * frame whose records cannot be distinguished is refused as a whole. Never throws.
 *
 * The width of a record is fields / count: fields that KIS appends later are kept by their number (`field48`).
 *
 * @param receivedAt epoch ms; order books carry no date and take the day that puts them nearest to it.
 */
export function decodeFrame(bytes: Uint8Array, receivedAt: number): DecodedFrame {
  if (bytes.length > MAX_FRAME_BYTES) {
    return refuseFrame(bytes, "too_long", `longer than ${MAX_FRAME_BYTES} bytes: ${bytes.length}`);
  }
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    return refuseFrame(bytes, "not_utf8", "the frame is not UTF-8");
  }
  const parts = splitFrame(text);
  if (parts === undefined) {
    return refuseFrame(bytes, "not_a_frame", "a frame begins with 0|TR_ID|count| or 1|TR_ID|count|");
  }
  if (parts.encrypted) {
    return refuseFrame(bytes, "encrypted", `${parts.trId} came encrypted, without its key`);
  }
  const kind = Object.hasOwn(FRAME_KINDS, parts.trId) ? FRAME_KINDS[parts.trId] : undefined;
  if (kind === undefined) {
    return refuseFrame(
      bytes,
      "unknown_tr_id",
      `TR_ID ${JSON.stringify(parts.trId.slice(0, 20))} is not read here`,
    );
  }
  const count = /^\d{1,4}$/.test(parts.count) ? Number(parts.count) : 0;
  if (count < 1) {
    const got = JSON.stringify(parts.count.slice(0, 20));
    return refuseFrame(bytes, "bad_count", `count must be 1 to ${MAX_FRAME_RECORDS}, got ${got}`);
  }
  const fields = parts.payload.split("^");
  const width = fields.length / count;
  if (!Number.isInteger(width) || width < kind.minWidth) {
    const shape = `${fields.length} fields in ${count} records of at least ${kind.minWidth}`;
    return refuseFrame(bytes, "bad_width", `${kind.trId}: ${shape}`);
  }
  return readRecords(kind, { fields, width, count, receivedAt });
}

interface Payload {
  readonly fields: readonly string[];
  readonly width: number;
  readonly count: number;
  readonly receivedAt: number;
}

function readRecords(kind: FrameKind, payload: Payload): DecodedFrame {
  const { fields, width, count, receivedAt } = payload;
  const trades: Trade[] = [];
  const quotes: Quote[] = [];
  const statuses: StatusEvent[] = [];
  const refused: RefusedRecord[] = [];
  let otherCodes = 0;
  const reader = new RecordReader(kind, fields, width);
  for (let record = 0; record < count; record++) {
    const start = reader.start = record * width;
    if (OTHER_CODE.test(fields[start] as string)) {
      otherCodes++;
      continue;
    }
    try {
      if (kind.content === "trade") trades.push(readTrade(kind, reader));
      else if (kind.content === "quote") quotes.push(readQuote(kind, reader, receivedAt));
      else statuses.push(readStatus(kind, reader, receivedAt));
    } catch (fault) {
      if (!(fault instanceof FieldFault)) throw fault;
      const text = fields.slice(start, start + width).join("^");
      refused.push({
        code: "bad_field",
        reason: `${kind.trId} record ${record + 1} of ${count}: ${fault}`,
        bytes: encoder.encode(`0|${kind.trId}|001|${text}`),
        key: (fields[start] ?? "").slice(0, 9),
      });
    }
  }
  return { kind, trades, quotes, statuses, refused, width, leftOut: reader.leftOut, otherCodes };
}

function refuseFrame(bytes: Uint8Array, code: string, reason: string): DecodedFrame {
  return {
    kind: undefined,
    trades: [],
    quotes: [],
    statuses: [],
    refused: [{ code, reason, bytes, key: "" }],
    width: 0,
    leftOut: [],
    otherCodes: 0,
  };
}

/** A frame's text around records that are encoded already: `0|H0STCNT0|002|…`. */
export function joinFrame(trId: string, records: readonly string[]): string {
  return `0|${trId}|${records.length.toString().padStart(3, "0")}|${records.join("^")}`;
}
