import type { StatusEvent } from "../market_event.ts";
import { type FrameKind, STATUS_FIELDS } from "./fields.ts";
import { type RecordReader, writeExtras } from "./record.ts";
import { writeField } from "./values.ts";

/** The fields that come as a value of their own; the VI codes become `vi`. */
const NAMED = STATUS_FIELDS.map((field, index) => ({ name: field.name as string, index }))
  .filter(({ name }) => !["symbol", "halted", "viCode", "overtimeViCode"].includes(name));
const HALTED = STATUS_FIELDS.findIndex((field) => field.name === "halted");
const VI = STATUS_FIELDS.findIndex((field) => field.name === "viCode");
const OVERTIME_VI = STATUS_FIELDS.findIndex((field) => field.name === "overtimeViCode");
/** What KIS sends: without EXCH_CLS_CODE. */
const WIDTH = 10;

/** The TR of statuses by venue. */
export const STATUS_TR = { KRX: "H0STMKO0", NXT: "H0NXMKO0", UN: "H0UNMKO0" } as const;

/**
 * Reads one status from a frame's fields. Its time is that of its arrival.
 *
 * @throws {FieldFault} at the first field that decides and cannot be read.
 */
export function readStatus(kind: FrameKind, record: RecordReader, receivedAt: number): StatusEvent {
  const [vi, overtimeVi] = [record.value(VI), record.value(OVERTIME_VI)];
  const status: Record<string, unknown> = {
    kind: "status",
    symbol: record.value(0),
    eventTime: receivedAt,
    halted: record.value(HALTED),
    vi: vi === "Y" || overtimeVi === "Y" ? "Y" : "N",
  };
  if (kind.venue !== "KRX") status.venue = kind.venue;
  // Of which of the two codes the interruption is, where it is not the first.
  if (overtimeVi === "Y") status.overtimeVi = "Y";
  for (const { name, index } of NAMED) {
    const read = record.value(index);
    if (read !== undefined) status[name] = read;
  }
  record.extras(status);
  return status as unknown as StatusEvent;
}

/** A status as one record of a KIS frame, as KIS writes it: `(null)` where there is no reason of a halt. */
export function writeStatus(status: StatusEvent): string {
  const overtime = status.overtimeVi === "Y";
  const values: Readonly<Record<string, string | number | undefined>> = {
    ...status,
    haltReason: status.haltReason ?? "(null)",
    viCode: status.vi === "Y" && !overtime ? "Y" : "N",
    overtimeViCode: overtime ? "Y" : "N",
  };
  const extras = writeExtras(status, STATUS_FIELDS.length);
  const isLong = status.exchange !== undefined || extras.length > 0;
  const fields = isLong ? STATUS_FIELDS : STATUS_FIELDS.slice(0, WIDTH);
  return [...fields.map((field) => writeField(field, values[field.name as string])), ...extras].join("^");
}
