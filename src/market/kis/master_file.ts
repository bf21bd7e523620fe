/**
 * KIS's master files, `kospi_code.mst` and `kosdaq_code.mst`: every security of a market, one a line of CP949, in fields
 * of fixed width in bytes. The widths are those of koreainvestment/open-trading-api (stocks_info), 2026-07-09.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { MAX_UNITS } from "../decimal.ts";
import type { MarketWarning, SecurityKind, SymbolReference } from "../reference.ts";
import { dayOfDate } from "../seoul_time.ts";
import { isSymbol } from "../symbol.ts";

/** What a master file says of a symbol. */
export type MasterEntry = Pick<
  SymbolReference,
  | "symbol"
  | "name"
  | "market"
  | "kind"
  | "basePrice"
  | "halted"
  | "liquidation"
  | "administrative"
  | "warning"
  | "listedOn"
>;

/** What was read of a master file. */
export interface MasterFile {
  readonly market: SymbolReference["market"];
  readonly entries: readonly MasterEntry[];
  /** Lines whose code is none that rules can name, such as F70100026 (funds) and J0036221D (warrants). */
  readonly passedOver: number;
}

/** Short code, ISIN, name: before the tail, the same in both files. */
const CODE_BYTES = 9;
const ISIN_BYTES = 12;
const NAME_BYTES = 40;
const HEAD_BYTES = CODE_BYTES + ISIN_BYTES + NAME_BYTES;

/** The fields of the two tails up to the last that is read; `(n)` of a name that is not read. */
const TAILS = {
  KOSPI: { bytes: 227, beforeBasePrice: [2, 1, 4, 4, 4, ...ones(26)] },
  KOSDAQ: { bytes: 221, beforeBasePrice: [2, 1, 4, 4, 4, ...ones(21)] },
} as const;

/** From the base price on both files agree. */
const FROM_BASE_PRICE = [
  ["basePrice", 9],
  ["lot", 5],
  ["afterHoursLot", 5],
  ["halted", 1],
  ["liquidation", 1],
  ["administrative", 1],
  ["warning", 2],
  ["warningNotice", 1],
  ["unfaithful", 1],
  ["backDoor", 1],
  ["exRights", 2],
  ["parChange", 2],
  ["capitalIncrease", 2],
  ["marginRate", 3],
  ["credit", 1],
  ["creditDays", 3],
  ["yesterdaysVolume", 12],
  ["parValue", 12],
  ["listedOn", 8],
] as const;

/** Group codes (증권그룹구분코드). */
const KINDS: Readonly<Record<string, SecurityKind>> = {
  ST: "stock",
  FS: "stock", // foreign
  DR: "stock", // depositary receipts
  EF: "etf",
  FE: "etf", // foreign
  EN: "etn",
  EW: "elw",
  RT: "reit",
  MF: "fund",
  SC: "fund", // ships
  IF: "fund", // infrastructure
  BC: "fund", // beneficiary certificates
  SW: "warrant",
  SR: "warrant",
};

/** What kind of security a group code (증권그룹구분코드) says; REST has the same codes. */
export function kindOfGroup(code: string): SecurityKind {
  return Object.hasOwn(KINDS, code) ? KINDS[code] as SecurityKind : "other";
}

const WARNINGS: Readonly<Record<string, MarketWarning>> = {
  "01": "caution",
  "02": "warning",
  "03": "danger",
};

const CP949 = new TextDecoder("euc-kr", { fatal: true });
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;

/**
 * Reads a master file; which market's it is, the length of its lines says.
 *
 * @throws {InputError} code `bad_master_file`: a line of another length, or text that is not CP949.
 */
export function readMasterFile(bytes: Uint8Array): MasterFile {
  const lines = linesOf(bytes);
  const first = lines[0];
  if (first === undefined) throw refuse(0, "has no line");
  const market = marketOf(first.length);
  if (market === undefined) throw refuse(1, lengths(first.length));
  const entries: MasterEntry[] = [];
  lines.forEach((line, index) => {
    const wanted = HEAD_BYTES + TAILS[market].bytes;
    if (line.length !== wanted) {
      throw refuse(index + 1, `${line.length} bytes, where the lines before it have ${wanted}`);
    }
    const entry = entryOf(line, market, index + 1);
    if (entry !== undefined) entries.push(entry);
  });
  return { market, entries, passedOver: lines.length - entries.length };
}

function marketOf(length: number): MasterFile["market"] | undefined {
  return (["KOSPI", "KOSDAQ"] as const).find((market) => HEAD_BYTES + TAILS[market].bytes === length);
}

function lengths(found: number): string {
  return `${found} bytes: a line of kospi_code.mst has ${HEAD_BYTES + TAILS.KOSPI.bytes}, ` +
    `of kosdaq_code.mst ${HEAD_BYTES + TAILS.KOSDAQ.bytes}; KIS may have changed the layout`;
}

function entryOf(line: Uint8Array, market: MasterFile["market"], number: number): MasterEntry | undefined {
  const symbol = ascii(line, 0, CODE_BYTES);
  if (!isSymbol(symbol)) return undefined;
  const name = nameOf(line.subarray(CODE_BYTES + ISIN_BYTES, HEAD_BYTES), number);
  if (name === "") throw refuse(number, `${symbol} has no name`);
  const fields = fieldsOf(line, market);
  const basePrice = Number(fields.basePrice);
  const listedOn = fields.listedOn as string;
  return {
    symbol,
    name,
    market,
    kind: kindOfGroup(ascii(line, HEAD_BYTES, 2)),
    basePrice: Number.isInteger(basePrice) && basePrice > 0 && basePrice <= MAX_UNITS ? basePrice : null,
    halted: fields.halted === "Y",
    liquidation: fields.liquidation === "Y",
    administrative: fields.administrative === "Y",
    warning: WARNINGS[fields.warning as string] ?? "none",
    listedOn: dayOfDate(listedOn) === undefined ? null : listedOn,
  };
}

function fieldsOf(line: Uint8Array, market: MasterFile["market"]): Readonly<Record<string, string>> {
  let at = TAILS[market].beforeBasePrice.reduce((sum, width) => sum + width, HEAD_BYTES);
  const fields: Record<string, string> = {};
  for (const [name, width] of FROM_BASE_PRICE) {
    fields[name] = ascii(line, at, width);
    at += width;
  }
  return fields;
}

/** A name that fills its field may have been cut in the middle of a character: that one is left out. */
function nameOf(bytes: Uint8Array, number: number): string {
  const whole = cp949(bytes) ?? (bytes[NAME_BYTES - 1] === BLANK ? undefined : cp949(bytes.subarray(0, -1)));
  if (whole === undefined) throw refuse(number, "the name is not text in CP949");
  return whole.trim().normalize("NFC");
}

function cp949(bytes: Uint8Array): string | undefined {
  try {
    return CP949.decode(bytes);
  } catch {
    return undefined;
  }
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length)).trim();
}

/** The lines without their ends; an empty one at the end of the file is none. In CP949 no second byte is a line end. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const next = found < 0 ? bytes.length : found;
    const end = next > start && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
    if (end > start) lines.push(bytes.subarray(start, end));
    start = next + 1;
  }
  return lines;
}

function ones(count: number): readonly number[] {
  return Array.from({ length: count }, () => 1);
}

function refuse(line: number, reason: string): InputError {
  const field = line === 0 ? "" : `line ${line}`;
  return new InputError("bad_master_file", [{ field, code: "bad_master_file", reason }]);
}
