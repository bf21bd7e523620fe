import { decoderOf, findEncoding, type FoundEncoding, isPlainAscii, notText } from "./text_encoding.ts";

/** How much is gathered from the first byte on that is not ASCII before the encoding is decided. */
const SAMPLE_BYTES = 64 * 1024;
/** As many bytes show whether a text is UTF-16: by its mark, or by a zero beside a letter of ASCII. */
const LEAST_BYTES = 4;
/** A letter has fewer marks than this in any language. */
const MOST_MARKS = 32;

/**
 * The text of a file or a body, piece by piece: its byte order mark is cut off, UTF-8, UTF-16 and CP949 are distinguished
 * by the bytes themselves, decomposed Korean (as macOS writes it) is composed.
 *
 * @throws {InputError} code `not_utf8`, with the line near which it was found.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoding = new TextDecoding();
  for await (const chunk of chunks) {
    const text = decoding.push(chunk);
    if (text !== "") yield text;
  }
  const rest = decoding.end();
  if (rest !== "") yield rest;
}

/** The text of bytes that are all there; see {@link decodeText}. */
export function decodeWhole(bytes: Uint8Array): string {
  const decoding = new TextDecoding();
  return decoding.push(bytes) + decoding.end();
}

/** Decodes bytes as they come. */
class TextDecoding {
  #decoder: TextDecoder | undefined;
  /** What came before the encoding was decided. */
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #lines = 1;
  /** The end of the last piece, which may go on with what comes: a letter that may get marks. */
  #open = "";
  #begun = false;

  push(bytes: Uint8Array): string {
    if (bytes.length === 0) return "";
    if (this.#decoder !== undefined) return this.#composed(this.#decode(bytes));
    // Nothing but ASCII so far: it is the same in all of them but UTF-16, which shows itself by a mark or zeros.
    const decides = this.#begun || bytes.length >= LEAST_BYTES;
    if (decides && this.#gathered.length === 0 && isPlainAscii(bytes)) {
      this.#begun = true;
      return this.#composed(this.#counted(ascii(bytes)));
    }
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    return this.#gatheredBytes >= SAMPLE_BYTES ? this.#decide() : "";
  }

  end(): string {
    let text = this.#decoder === undefined && this.#gatheredBytes > 0 ? this.#decide() : "";
    if (this.#decoder !== undefined) text += this.#composed(this.#decode(undefined));
    const last = compose(this.#open);
    this.#open = "";
    return text + last;
  }

  #decide(): string {
    const sample = join(this.#gathered);
    [this.#gathered, this.#gatheredBytes] = [[], 0];
    if (isPlainAscii(sample)) {
      this.#begun = true;
      return this.#composed(this.#counted(ascii(sample)));
    }
    const found = this.#begun ? withoutMark(sample) : findEncoding(sample);
    this.#begun = true;
    this.#decoder = decoderOf(found.encoding);
    return this.#composed(this.#decode(sample.subarray(found.markBytes)));
  }

  #decode(bytes: Uint8Array | undefined): string {
    try {
      const decoder = this.#decoder!;
      return this.#counted(
        bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true }),
      );
    } catch (thrown) {
      if (!(thrown instanceof TypeError)) throw thrown;
      throw notText(`has characters that are not ${this.#decoder!.encoding}, near line ${this.#lines}`);
    }
  }

  #counted(text: string): string {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lines++;
    return text;
  }

  #composed(text: string): string {
    const whole = this.#open + text;
    const cut = composableEnd(whole);
    this.#open = whole.slice(cut);
    return compose(whole.slice(0, cut));
  }
}

/** A later sample has no mark at its beginning: such bytes would be text. */
function withoutMark(sample: Uint8Array): FoundEncoding {
  return { ...findEncoding(sample), markBytes: 0 };
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * Conjoining jamo, and marks with the letter before them: what decomposed text is made of. No more marks than a letter has in
 * any language: the time that Unicode's order of marks takes grows with the square of how many there are.
 */
const DECOMPOSED = new RegExp(
  `[\\u1100-\\u1112][\\u1161-\\u1175][\\u11a8-\\u11c2]?|[^\\p{M}\\s]\\p{M}{1,${MOST_MARKS}}`,
  "gu",
);

/** Composes what is decomposed and leaves all other characters as they are (NFC alone would change some Hanja). */
export function compose(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.replace(DECOMPOSED, (sequence) => sequence.normalize("NFC"));
}

/** Where a piece may be cut without cutting a letter from its marks. */
function composableEnd(text: string): number {
  if (text.endsWith("\n")) return text.length;
  const from = Math.max(0, text.length - MOST_MARKS);
  const tail = /(?:[\u1100-\u11ff]+|[^\p{M}]\p{M}*)$/u.exec(text.slice(from));
  return tail === null ? text.length : from + tail.index;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
