import { InputError } from "./errors.ts";

/** The encodings a text is read in: what editors, Excel on a Korean Windows and terminals write. */
const TEXT_ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "cp949"] as const;
export type TextEncoding = typeof TEXT_ENCODINGS[number];

/** An encoding that was found, and the bytes of its mark that stand before the text. */
export interface FoundEncoding {
  readonly encoding: TextEncoding;
  readonly markBytes: number;
}

const MARKS: readonly { readonly mark: readonly number[]; readonly encoding: TextEncoding }[] = [
  { mark: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { mark: [0xff, 0xfe], encoding: "utf-16le" },
  { mark: [0xfe, 0xff], encoding: "utf-16be" },
];
const UNPACK = "unpack it first";
const SAVE = "save it as UTF-8 (in Excel: CSV UTF-8)";
const PACKED: readonly {
  readonly mark: readonly number[];
  readonly at?: number;
  readonly what: string;
  readonly advice: string;
}[] = [
  { mark: [0x1f, 0x8b], what: "gzip data", advice: UNPACK },
  { mark: [0x50, 0x4b, 3, 4], what: "a zip archive or an Excel workbook", advice: SAVE },
  { mark: [0xd0, 0xcf, 0x11, 0xe0], what: "an Excel workbook", advice: SAVE },
  { mark: [0x42, 0x5a, 0x68], what: "bzip2 data", advice: UNPACK },
  { mark: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], what: "xz data", advice: UNPACK },
  { mark: [0x28, 0xb5, 0x2f, 0xfd], what: "zstd data", advice: UNPACK },
  { mark: [0x04, 0x22, 0x4d, 0x18], what: "lz4 data", advice: UNPACK },
  { mark: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: "a 7z archive", advice: UNPACK },
  { mark: [0x75, 0x73, 0x74, 0x61, 0x72], at: 257, what: "a tar archive", advice: UNPACK },
];
/** Bytes examined for zeros: text in UTF-16 without a mark shows itself at once. */
const ZEROS_IN = 512;

/** Whether bytes before the first that is not ASCII say nothing of the encoding: no mark, no zero. */
export function isPlainAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte === 0 || byte > 0x7f) return false;
  return true;
}

/**
 * The encoding of a text by its first bytes: a mark, the zeros of UTF-16, UTF-8 where it is valid, else CP949 (EUC-KR
 * with Microsoft's extension) where that gives Korean.
 *
 * @param sample whole, or cut anywhere.
 * @throws {InputError} code `not_utf8`: none of them, or UTF-8 that is damaged.
 */
export function findEncoding(sample: Uint8Array): FoundEncoding {
  for (const { mark, encoding } of MARKS) {
    if (mark.every((byte, index) => sample[index] === byte)) return { encoding, markBytes: mark.length };
  }
  refusePacked(sample);
  const wide = utf16Of(sample.subarray(0, ZEROS_IN));
  if (wide !== undefined) return { encoding: wide, markBytes: 0 };
  if (sample.subarray(0, ZEROS_IN).includes(0)) throw notText("is no text: it has zero bytes");
  if (decodes("utf-8", sample)) return { encoding: "utf-8", markBytes: 0 };
  if (isDamagedUtf8(sample)) throw notText("is UTF-8 with damaged characters");
  if (isKorean(sample)) return { encoding: "cp949", markBytes: 0 };
  throw notText("is neither UTF-8 nor CP949");
}

/**
 * Refuses what has to be unpacked first, by the marks at its beginning.
 *
 * @throws {InputError} code `not_utf8`, naming what it is.
 */
export function refusePacked(sample: Uint8Array): void {
  const packed = PACKED.find(({ mark, at = 0 }) => mark.every((byte, index) => sample[at + index] === byte));
  if (packed !== undefined) throw notText(`is ${packed.what}`, packed.advice);
}

/** The streaming decoder of an encoding; it throws a TypeError at bytes that are none of its characters. */
export function decoderOf(encoding: TextEncoding): TextDecoder {
  return new TextDecoder(encoding === "cp949" ? "euc-kr" : encoding, { fatal: true, ignoreBOM: true });
}

/** What is wrong with bytes that are no text we read. */
export function notText(reason: string, advice = SAVE): InputError {
  return new InputError("not_utf8", [{ field: "", code: "not_utf8", reason: `${reason}; ${advice}` }]);
}

/** Zeros on one side of the pairs of bytes, few on the other: ASCII within UTF-16 (가, U+AC00, has one on the other). */
function utf16Of(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const zeros = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2]!++;
  const pairs = head.length >> 1;
  if (pairs === 0) return undefined;
  const [even, odd] = zeros as [number, number];
  if (odd * 3 >= pairs && even * 8 <= odd) return "utf-16le";
  if (even * 3 >= pairs && odd * 8 <= even) return "utf-16be";
  return undefined;
}

function decodes(encoding: TextEncoding, sample: Uint8Array): boolean {
  try {
    decoderOf(encoding).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether most of what is not ASCII are whole UTF-8 sequences of three bytes, as Korean's are: CP949 gives such a
 * sequence seldom, and read as CP949 damaged UTF-8 would come out as other words.
 */
function isDamagedUtf8(sample: Uint8Array): boolean {
  const text = new TextDecoder().decode(sample);
  let whole = 0;
  let broken = 0;
  for (const character of text) {
    if (character === "\ufffd") broken++;
    else if (character >= "\u0800") whole++;
  }
  return whole > broken;
}

/** Whether a sample is CP949 and most of what is not ASCII is Hangul, or at least East Asian. */
function isKorean(sample: Uint8Array): boolean {
  let text: string;
  try {
    text = decoderOf("cp949").decode(sample, { stream: true });
  } catch {
    return false;
  }
  let hangul = 0;
  let others = 0;
  for (const character of text) {
    if (character < "\u0080") continue;
    if (/[\uac00-\ud7a3\u3131-\u318e\u3000-\u303f\uff01-\uff5e]/.test(character)) hangul++;
    else others++;
  }
  return hangul >= others;
}
