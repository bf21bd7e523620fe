import { InputError, messageOf } from "../../core/errors.ts";

/** A line of a file, without its end. */
export interface Line {
  readonly path: string;
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Longest line that is read, bytes. */
export const MAX_LINE_BYTES = 1 << 20;

const NEWLINE = 10;
const RETURN = 13;

/**
 * The lines of a file, unpacked if it is gzip, in groups as they are read: never the whole file in memory.
 *
 * @throws {InputError} `bad_replay_file`, with the line number, when the file cannot be opened or read to its end.
 */
export async function* readLines(path: string): AsyncGenerator<readonly Line[]> {
  let number = 0;
  let rest = new Uint8Array(0);
  const line = (bytes: Uint8Array): Line => {
    number++;
    const end = bytes[bytes.length - 1] === RETURN ? bytes.length - 1 : bytes.length;
    return { path, number, bytes: bytes.subarray(0, end) };
  };
  try {
    for await (const chunk of await open(path)) {
      const bytes = join(rest, chunk);
      const lines: Line[] = [];
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        lines.push(line(bytes.subarray(start, end)));
        start = end + 1;
      }
      rest = bytes.slice(start);
      if (rest.length > MAX_LINE_BYTES) {
        throw new InputError("bad_replay_file", [{
          field: `line ${number + 1}`,
          code: "too_long",
          reason: `must be at most ${MAX_LINE_BYTES} bytes long`,
        }], `Cannot replay ${path}`);
      }
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error);
    const where = number === 0 ? "" : ` after line ${number}`;
    throw new InputError(
      "bad_replay_file",
      [{ field: "", code: "unreadable", reason: `${reason}${where}` }],
      `Cannot replay ${path}`,
    );
  }
  if (rest.length > 0) yield [line(rest)];
}

function join(rest: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (rest.length === 0) return chunk;
  const bytes = new Uint8Array(rest.length + chunk.length);
  bytes.set(rest);
  bytes.set(chunk, rest.length);
  return bytes;
}

/** The file's bytes, unpacked when it begins as gzip does. */
async function open(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await Deno.open(path);
  const head = new Uint8Array(2);
  const size = await file.read(head);
  await file.seek(0, Deno.SeekMode.Start);
  if (size === 2 && head[0] === 0x1f && head[1] === 0x8b) {
    return file.readable.pipeThrough(new DecompressionStream("gzip"));
  }
  return file.readable;
}

/** The files of a path: itself, or those in the folder by name; several paths may be separated by commas. */
export async function replayFiles(path: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const one of path.split(",").map((part) => part.trim()).filter(Boolean)) {
    const stat = await Deno.stat(one).catch(() => undefined);
    if (stat?.isDirectory) {
      const names: string[] = [];
      for await (const entry of Deno.readDir(one)) if (entry.isFile) names.push(entry.name);
      files.push(...names.sort(inOrder).map((name) => `${one}/${name}`));
    } else files.push(one);
  }
  if (files.length > 0) return files;
  throw new InputError("bad_replay_file", [{
    field: "",
    code: "empty",
    reason: "there is no file to replay",
  }], path);
}

/** By name; files that `record` rotated, `day.1.kis.gz`, by their number behind the first, `day.kis.gz`. */
function inOrder(a: string, b: string): number {
  const [left, right] = [rotation(a), rotation(b)];
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.number - right.number;
}

function rotation(name: string): { readonly name: string; readonly number: number } {
  const parts = /^([^.]+)\.(\d+)(\..+)$/.exec(name);
  return parts === null ? { name, number: 0 } : { name: `${parts[1]}${parts[3]}`, number: Number(parts[2]) };
}
