import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import { CANARY_SYMBOL } from "../../market/symbol.ts";
import { decodeQuote } from "../../market/decode_quote.ts";
import { decodeTrade } from "../../market/decode_trade.ts";
import { isMarketEvent } from "../../market/market_event.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import { decodeCandle } from "../../market/minute_candle_codec.ts";
import type { Quote } from "../../market/quote.ts";
import type { Trade } from "../../market/trade.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import type { Assignment, LogRecord, NewRecord, RecordBatch } from "../../ports/event_log.ts";
import type { Topic } from "../../ports/topics.ts";

/** A partition the consumer owns. */
export interface OwnedPartition {
  readonly assignment: Assignment;
  /** Its work is no longer ours: it may still be written, it is not committed. */
  dropped: boolean;
  /** The offset that is committed; undefined until the first commit of a group that is new here. */
  committed: number | undefined;
}

/** A point to be written and the record it came from. */
export type SeriesPoint =
  | { readonly kind: "trade"; readonly trade: Trade; readonly record: LogRecord }
  | { readonly kind: "quote"; readonly quote: Quote; readonly record: LogRecord }
  | { readonly kind: "alert"; readonly alert: Alert; readonly record: LogRecord }
  | { readonly kind: "candle"; readonly candle: MinuteCandle; readonly record: LogRecord };

/** A record that could not be read. */
export interface RejectedRecord {
  readonly record: LogRecord;
  readonly code: string;
  /** Undefined for an alert: the notifier dead-letters it. */
  readonly letter: NewRecord | undefined;
}

/** Consecutive records of one partition, read: written whole, then committed. */
export interface Segment {
  readonly owned: OwnedPartition;
  readonly points: readonly SeriesPoint[];
  readonly rejected: readonly RejectedRecord[];
  /** Records that stand between the trades or candles (statuses, time marks): passed over. */
  readonly passedOver: number;
  /** The offset to commit when it is done. */
  readonly nextOffset: number;
}

/** What a segment counts for in the buffer's limit: its records. */
export function weightOf(segment: Segment): number {
  return Math.max(1, segment.points.length + segment.rejected.length + segment.passedOver);
}

/**
 * Reads a batch's records into segments of at most `limit` records; what cannot be read is in `rejected`.
 *
 * @param now Epoch ms, for the dead letters.
 */
export function segmentsOf(
  owned: OwnedPartition,
  batch: RecordBatch,
  options: { readonly limit: number; readonly now: number },
): Segment[] {
  const segments: Segment[] = [];
  for (let from = 0; from < batch.records.length; from += options.limit) {
    const records = batch.records.slice(from, from + options.limit);
    const isLast = from + options.limit >= batch.records.length;
    const nextOffset = isLast ? batch.nextOffset : (records.at(-1)?.offset ?? 0) + 1;
    segments.push({ owned, nextOffset, ...readRecords(records, options.now) });
  }
  if (segments.length === 0) {
    segments.push({ owned, points: [], rejected: [], passedOver: 0, nextOffset: batch.nextOffset });
  }
  return segments;
}

function readRecords(records: readonly LogRecord[], now: number): Omit<Segment, "owned" | "nextOffset"> {
  const points: SeriesPoint[] = [];
  const rejected: RejectedRecord[] = [];
  let passedOver = 0;
  for (const record of records) {
    if (record.key === CANARY_SYMBOL) {
      passedOver++;
      continue;
    }
    if (BETWEEN.includes(record.topic) && record.value !== null && isMarketEvent(record.value)) {
      passedOver++;
      continue;
    }
    try {
      points.push(readRecord(record));
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      const code = thrown.issues[0]?.code ?? thrown.code;
      const letter = record.topic === "alerts" ? undefined : letterOf(record, code, messageOf(thrown), now);
      rejected.push({ record, code, letter });
    }
  }
  return { points, rejected, passedOver };
}

/** Topics that hold more than one kind of record. */
const BETWEEN: readonly Topic[] = ["trades", "candles"];

function readRecord(record: LogRecord): SeriesPoint {
  const bytes = record.value ?? new Uint8Array();
  if (record.topic === "trades") return { kind: "trade", trade: decodeTrade(bytes), record };
  if (record.topic === "quotes") return { kind: "quote", quote: decodeQuote(bytes), record };
  if (record.topic === "candles") return { kind: "candle", candle: decodeCandle(bytes), record };
  return { kind: "alert", alert: decodeAlert(bytes), record };
}

/** The dead letter of a record. */
export function letterOf(record: LogRecord, code: string, reason: string, at: number): NewRecord {
  return deadLetter({
    key: record.key,
    bytes: record.value ?? new Uint8Array(),
    code,
    reason,
    role: "consumer",
    origin: `${record.topic}/${record.partition}/${record.offset}`,
    at,
  });
}
