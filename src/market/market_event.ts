/**
 * What stands on the trades topic besides trades: records that begin with the key `kind`. They stand in order with the
 * trades of their partition; a reader passes over kinds that it does not know, and counts them.
 *
 * @module
 */
import { InputError, type InputIssue } from "../core/errors.ts";
import { MAX_EVENT_TIME } from "./decode_trade.ts";
import { isSymbol, type Symbol } from "./symbol.ts";

/** A halt, a volatility interruption or a change of a symbol's standing. The record's key is the symbol. */
export interface StatusEvent {
  readonly kind: "status";
  readonly symbol: Symbol;
  /** Epoch ms of arrival: KIS gives no time with it. */
  readonly eventTime: number;
  /** KIS TRHT_YN: "Y" while trading is halted. */
  readonly halted: "Y" | "N";
  /** "Y" while a volatility interruption (VI) runs, of the regular session or after hours. */
  readonly vi: "Y" | "N";
  /** Where; absent is KRX. */
  readonly venue?: "KRX" | "NXT" | "UN";
  readonly haltReason?: string;
  /** KIS MKOP_CLS_CODE: 112 opening, 129 close, 174 and 175 circuit breaker on and off, AB1 VI, … */
  readonly marketPhase?: string;
  /** KIS ISCD_STAT_CLS_CODE: 51 managed, 52 danger, 53 warning, 54 caution, 58 halted, 59 overheated. */
  readonly statusCode?: string;
  /** The other fields the feed gave, by the names of `market/kis/fields.ts`. */
  readonly [extra: string]: string | number | undefined;
}

/** Says that a partition's time has come so far, though none of its symbols is traded. */
export interface TimeMark {
  readonly kind: "time";
  /** Epoch ms. */
  readonly eventTime: number;
}

/** A record of the trades topic that is no trade. */
export type MarketEvent = StatusEvent | TimeMark;

/** The bytes such a record begins with; a trade never does: its first key is its symbol. */
export const EVENT_PREFIX = '{"kind":';
const PREFIX = new TextEncoder().encode(EVENT_PREFIX);

/** Whether a record of the trades topic is no trade, whatever its kind: it begins with `{"kind":`. */
export function isMarketEvent(value: Uint8Array): boolean {
  for (let at = 0; at < PREFIX.length; at++) if (value[at] !== PREFIX[at]) return false;
  return true;
}

/** The JSON of an event, its kind first. */
export function encodeMarketEvent({ kind, ...rest }: MarketEvent): string {
  return JSON.stringify({ kind, ...rest });
}

/**
 * Reads a record for which {@link isMarketEvent} is true. Undefined: of a kind that is not known here.
 *
 * @throws {InputError} `bad_event`: of a known kind, with a field missing or wrong.
 */
export function decodeMarketEvent(value: Uint8Array): MarketEvent | undefined {
  const read = objectOf(value);
  if (read.kind !== "status" && read.kind !== "time") return undefined;
  const issues: InputIssue[] = [];
  const need = (field: string, ok: boolean, reason: string) => {
    if (!ok) issues.push({ field, code: "bad_field", reason, value: read[field] });
  };
  const time = read.eventTime;
  const isTime = Number.isSafeInteger(time) && (time as number) >= 0 && (time as number) < MAX_EVENT_TIME;
  need("eventTime", isTime, "must be epoch milliseconds before the year 2100");
  if (read.kind === "status") {
    need("symbol", isSymbol(read.symbol), 'must be a code of six characters such as "005930"');
    need("halted", isYesNo(read.halted), 'must be "Y" or "N"');
    need("vi", isYesNo(read.vi), 'must be "Y" or "N"');
  }
  if (issues.length > 0) throw new InputError("bad_event", issues, "Cannot read a market event");
  return read as unknown as MarketEvent;
}

function isYesNo(value: unknown): boolean {
  return value === "Y" || value === "N";
}

function objectOf(value: Uint8Array): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
    if (typeof read === "object" && read !== null) return read as Record<string, unknown>;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError || thrown instanceof TypeError)) throw thrown;
  }
  const issue = { field: "", code: "not_json", reason: "must be a JSON object in UTF-8" };
  throw new InputError("bad_event", [issue], "Cannot read a market event");
}
