import { decodeText } from "../core/decode_text.ts";
import { findEncoding, refusePacked } from "../core/text_encoding.ts";
import { asFileFault, fileFault, type FileKind } from "./file_fault.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import { isOldWorkbook, isZip, unzipOne, workbook } from "./unzip.ts";

/** A file that a person handed over. */
export interface HandedFile {
  readonly path: string;
  readonly kind: FileKind;
}

/** The most bytes of a file that is read whole, unpacked. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const HEAD_BYTES = 8;

/**
 * The bytes of a file, unpacked when it is gzip (of any number of members) or a zip archive of one file.
 *
 * @throws {InputError} the kind's code, naming the file: missing, a folder, not readable, damaged, cut off (after what
 *   could be read was handed out).
 */
async function* readFileBytes(file: HandedFile): AsyncGenerator<Uint8Array> {
  try {
    using handle = await Deno.open(file.path);
    const head = await headOf(handle);
    if (isOldWorkbook(head)) throw workbook();
    if (isZip(head)) yield await unzipOne(await Deno.readFile(file.path));
    else if (isGzip(head)) yield* gunzip(chunksOf(handle));
    else yield* chunksOf(handle);
  } catch (thrown) {
    throw asFileFault(thrown, file);
  }
}

/**
 * The text of a file, whole: unpacked, its encoding found (UTF-8, UTF-16 or CP949), Korean composed.
 *
 * @throws {InputError} the kind's code, naming the file; also for one that is empty.
 */
export async function readFileText(file: HandedFile): Promise<string> {
  let text = "";
  for await (const piece of readFilePieces(file)) {
    text += piece;
    if (text.length > MAX_TEXT_BYTES) {
      throw fileFault(file, { code: "too_large", reason: `is over ${MAX_TEXT_BYTES} bytes` });
    }
  }
  if (text.trim() === "") throw fileFault(file, { code: "empty", reason: "is empty" });
  return text;
}

/** The text of a file as it is read; see {@link readFileText}. An empty file gives nothing. */
async function* readFilePieces(file: HandedFile): AsyncGenerator<string> {
  try {
    yield* decodeText(readFileBytes(file));
  } catch (thrown) {
    throw asFileFault(thrown, file);
  }
}

/**
 * The bytes of a file that is read by lines, as UTF-8 where it was UTF-16 and without a byte order mark; what is neither
 * stays as it is.
 *
 * @throws {InputError} for a packed file, or one that cannot be read.
 */
export async function* readFileForLines(file: HandedFile): AsyncGenerator<Uint8Array> {
  const chunks = readFileBytes(file);
  const first = await chunks.next();
  if (first.done) return;
  const rest = (async function* () {
    yield first.value;
    yield* chunks;
  })();
  try {
    refusePacked(first.value);
  } catch (thrown) {
    throw asFileFault(thrown, file);
  }
  const found = encodingOf(first.value);
  if (found?.encoding.startsWith("utf-16")) {
    for await (const text of decodeText(rest)) yield new TextEncoder().encode(text);
    return;
  }
  yield first.value.subarray(found?.encoding === "utf-8" ? found.markBytes : 0);
  yield* chunks;
}

function encodingOf(head: Uint8Array) {
  try {
    return findEncoding(head.subarray(0, 1024));
  } catch {
    return undefined;
  }
}

async function headOf(file: Deno.FsFile): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES);
  const size = await file.read(head) ?? 0;
  await file.seek(0, Deno.SeekMode.Start);
  return head.subarray(0, size);
}

async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(64 * 1024);
    const size = await file.read(chunk);
    if (size === null) return;
    yield chunk.subarray(0, size);
  }
}
