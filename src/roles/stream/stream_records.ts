import { packHeaders } from "../../core/pack_writer.ts";
import type { RecordPack } from "../../core/record_pack.ts";
import type { AlertWriter } from "../../alerts/alert_writer.ts";
import { makeAlert } from "../../alerts/make_alert.ts";
import { type Mailer, MAILER_HEADER } from "../../alerts/mails_by.ts";
import { MADE_AT_HEADER } from "../../alerts/since.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import { encodeMarketEvent, type StatusEvent } from "../../market/market_event.ts";
import { readObject } from "../../books/read_json.ts";
import { isMark } from "../../books/spent_rules.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import type { FiredMark, Match } from "../../rules/evaluation.ts";
import { isTracing, traceAlert } from "../../telemetry/trace.ts";

/** What alerts are written with. */
export interface AlertRecordOptions {
  readonly windowMs: number;
  readonly directory: SymbolDirectory;
  readonly writer: AlertWriter;
  /** Epoch ms. */
  readonly madeAt: number;
  /** Who sends the messages, where a box has a centre. */
  readonly mailer?: Mailer;
}

/** The records of the alerts of matches, in their order, as they are sent. */
export function packAlerts(matches: readonly Match[], options: AlertRecordOptions): readonly RecordPack[] {
  if (matches.length === 0) return [];
  const { windowMs, directory, writer, madeAt, mailer } = options;
  const plain = {
    [MADE_AT_HEADER]: String(madeAt),
    ...(mailer === undefined ? {} : { [MAILER_HEADER]: mailer }),
  };
  const same = packHeaders(plain);
  const headersOf = isTracing()
    ? (match: Match) =>
      packHeaders({ ...traceAlert(makeAlert(match, windowMs, directory), madeAt), ...plain })
    : () => same;
  for (const match of matches) writer.add(match, headersOf(match));
  return writer.take();
}

/** The record of a status beside the candles, as it stood on the trades topic: a restart reads it back with them. */
export function statusRecord(status: StatusEvent): NewRecord {
  const { symbol, eventTime } = status;
  return { topic: "candles", key: symbol, value: encodeMarketEvent(status), timestamp: eventTime };
}

/** An alert as a restart needs it. */
export interface FiredAlert {
  readonly mark: FiredMark;
  /** Null: of a rule that fires once. */
  readonly windowEnd: number | null;
}

/** The rule and the window of an alert's record: all that a restore needs, so the rest is not validated again. */
export function firedOf(value: Uint8Array): FiredAlert | undefined {
  const { id, ruleId, symbol, armed = 1, windowStart, windowEnd, eventTime } = readObject(value);
  if (!isMark(ruleId, armed, windowStart)) return undefined;
  const mark = {
    ruleId: String(ruleId),
    symbol: String(id).startsWith(`${ruleId}:`) ? String(symbol) : null,
    armed: Number(armed),
    windowStart: Number(windowStart),
    ...(Number.isSafeInteger(eventTime) ? { at: Number(eventTime) } : {}),
  };
  return { mark, windowEnd: typeof windowEnd === "number" ? windowEnd : null };
}
