import type { Symbol } from "../symbol.ts";
import { type Field, STATUS_FIELDS } from "./fields.ts";
import { FieldFault, readField, writeField } from "./values.ts";

/** A halt, a volatility interruption or a phase of the market, as KIS told it (H0STMKO0). */
export interface MarketStatus {
  readonly symbol: Symbol;
  /** Epoch ms of arrival: the frame has no time. */
  readonly receivedAt: number;
  readonly halted: "Y" | "N";
  readonly haltReason?: string;
  /** MKOP_CLS_CODE: 112 opening, 129 close, 174 and 175 circuit breaker on and off, … */
  readonly marketPhase?: string;
  readonly expectedMarketPhase?: string;
  readonly closeCode?: string;
  readonly allocationCode?: string;
  /** ISCD_STAT_CLS_CODE: 51 managed, 52 danger, 53 warning, 54 caution, 58 halted, 59 overheated. */
  readonly statusCode?: string;
  /** VI_CLS_CODE: "N" none, "Y" or a digit while a volatility interruption runs. */
  readonly viCode?: string;
  readonly overtimeViCode?: string;
  readonly exchange?: string;
}

/**
 * Reads one status from a frame's fields.
 *
 * @throws {FieldFault} at the first field that cannot be read.
 */
export function readStatus(fields: readonly string[], start: number, receivedAt: number): MarketStatus {
  const status: Record<string, string | number> = { receivedAt };
  STATUS_FIELDS.forEach((field, index) => {
    const read = readField(field as Field, fields[start + index] as string);
    if (read instanceof FieldFault) throw read;
    if (read !== undefined && read !== "") status[field.name as string] = read;
  });
  return status as unknown as MarketStatus;
}

/** A status as one record of a KIS frame. */
export function writeStatus(status: MarketStatus): string {
  const values = status as unknown as Record<string, string | undefined>;
  return STATUS_FIELDS.map((field) => writeField(field, values[field.name as string])).join("^");
}
