/**
 * KIS's master files made by us, in the layout of koreainvestment/open-trading-api (stocks_info): what the real ones have
 * beside the fields that are given is blank or zero here.
 *
 * @module
 */

/** One security of a master file. */
export interface MasterRow {
  readonly code: string;
  readonly name: string;
  /** Group code; ST. */
  readonly group?: string;
  readonly basePrice?: number | null;
  readonly halted?: boolean;
  readonly liquidation?: boolean;
  readonly administrative?: boolean;
  /** 00 to 03. */
  readonly warning?: string;
  readonly listedOn?: string;
}

const TAILS = {
  KOSPI: { flags: 26, total: 227 },
  KOSDAQ: { flags: 21, total: 221 },
} as const;

/** The bytes of a market's master file. */
export function masterFile(market: keyof typeof TAILS, rows: readonly MasterRow[]): Uint8Array<ArrayBuffer> {
  const parts = rows.flatMap((row) => [...lineOf(market, row), 10]);
  return new Uint8Array(parts);
}

function lineOf(market: keyof typeof TAILS, row: MasterRow): number[] {
  const { flags, total } = TAILS[market];
  const yes = (value: boolean | undefined) => value ? "Y" : "N";
  const base = row.basePrice === null ? " ".repeat(9) : String(row.basePrice ?? 10_000).padStart(9, "0");
  const tail = [
    (row.group ?? "ST").padEnd(2),
    "1",
    "0027".repeat(3),
    "N".repeat(flags),
    base,
    "00001",
    "00001",
    yes(row.halted),
    yes(row.liquidation),
    yes(row.administrative),
    row.warning ?? "00",
    "NNN",
    "000000",
    "020",
    "Y090",
    "000012345678",
    "000000000100",
    row.listedOn ?? "19750611",
  ].join("");
  const head = row.code.padEnd(9) + "KR7".padEnd(12, "0");
  return [...bytesOf(head), ...padded(cp949(row.name), 40), ...bytesOf(tail.padEnd(total))];
}

function bytesOf(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function padded(bytes: number[], length: number): number[] {
  return [...bytes, ...Array.from({ length: length - bytes.length }, () => 32)];
}

let codes: Map<string, readonly number[]> | undefined;

/** A text in CP949. The runtime only decodes it, so every pair of bytes is decoded once. */
export function cp949(text: string): number[] {
  codes ??= allPairs();
  return [...text].flatMap((character) => {
    const code = character.charCodeAt(0);
    if (code < 0x80) return [code];
    const pair = codes?.get(character);
    if (pair === undefined) throw new Error(`${character} is not in CP949`);
    return [...pair];
  });
}

function allPairs(): Map<string, readonly number[]> {
  const pairs = new Map<string, readonly number[]>();
  const decoder = new TextDecoder("euc-kr");
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x41; trail <= 0xfe; trail++) {
      const character = decoder.decode(new Uint8Array([lead, trail]));
      if (character.length === 1 && character !== "\ufffd") pairs.set(character, [lead, trail]);
    }
  }
  return pairs;
}
