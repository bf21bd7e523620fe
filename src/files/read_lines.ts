import { asFileFault, fileFault } from "./file_fault.ts";
import { type HandedFile, readFileForLines } from "./read_file.ts";

/** A line of a file, without its end. */
export interface Line {
  readonly path: string;
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Longest line that is read, bytes. */
const MAX_LINE_BYTES = 1 << 20;

const NEWLINE = 10;
const RETURN = 13;

/**
 * The lines of a file in groups as they are read: never the whole file in memory.
 *
 * @throws {InputError} the kind's code, with the line after which it cannot be read; the lines before were handed out.
 */
export async function* readLines(file: HandedFile): AsyncGenerator<readonly Line[]> {
  let number = 0;
  let rest: Uint8Array = new Uint8Array(0);
  const line = (bytes: Uint8Array): Line => {
    number++;
    const end = bytes[bytes.length - 1] === RETURN ? bytes.length - 1 : bytes.length;
    return { path: file.path, number, bytes: bytes.subarray(0, end) };
  };
  let failure: unknown;
  const chunks = readFileForLines(file);
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await chunks.next();
    } catch (thrown) {
      failure = thrown;
      break;
    }
    if (next.done) break;
    const bytes = joined(rest, next.value);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(line(bytes.subarray(start, end)));
      start = end + 1;
    }
    rest = bytes.slice(start);
    if (lines.length > 0) yield lines;
    if (rest.length > MAX_LINE_BYTES) {
      const reason = `must be at most ${MAX_LINE_BYTES} bytes long`;
      throw fileFault(file, { field: `line ${number + 1}`, code: "too_long", reason });
    }
  }
  if (failure !== undefined) throw asFileFault(failure, file, number === 0 ? "" : `after line ${number}`);
  if (rest.length > 0) yield [line(rest)];
}

function joined(rest: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (rest.length === 0) return chunk;
  const bytes = new Uint8Array(rest.length + chunk.length);
  bytes.set(rest);
  bytes.set(chunk, rest.length);
  return bytes;
}
