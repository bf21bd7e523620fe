import { OutsideError } from "../../core/errors.ts";

/** How far the log has come, as it is known beside it. */
export interface LogMark {
  /** The log's own id: another file in its place is noticed. */
  readonly log: string;
  /** Epoch ms of the last change. */
  readonly at: number;
  /** For each stream the offset after its last acknowledged record. */
  readonly ends: Readonly<Record<string, number>>;
}

/** Written whole in one call, so that a kill leaves either the old or the new. */
const MARK_BYTES = 8192;

/** The mark of a log's file. */
export function markPath(logPath: string): string {
  return `${logPath.replace(/\.[^./]*$/, "")}.mark`;
}

/** The mark beside a log; undefined when there is none, or it is damaged. */
export function readMark(logPath: string): LogMark | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(markPath(logPath));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw thrown;
  }
  try {
    const { log, at, ends } = JSON.parse(text);
    return typeof log === "string" && typeof at === "number" && typeof ends === "object" && ends !== null
      ? { log, at, ends }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses to make a new log where the mark says that there was one.
 *
 * @throws {OutsideError} `log_missing`
 */
export function requireFile(path: string, mark: LogMark | undefined): void {
  if (mark === undefined) return;
  const size = sizeOf(path);
  if (size !== undefined && size > 0) return;
  const records = Object.values(mark.ends).reduce((sum, end) => sum + end, 0);
  const what = size === undefined ? "is missing" : "is empty";
  throw new OutsideError(
    "log_missing",
    `${path} ${what}, but ${markPath(path)} says that it had ${records} records on ${
      new Date(mark.at).toISOString()
    }: restore it (tickbell restore), or remove ${markPath(path)} too to begin with an empty log`,
    { retryable: false },
  );
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/** Keeps a log's mark: written before what it says is acknowledged, and never ahead of what is committed. */
export class MarkWriter {
  readonly #path: string;
  readonly #log: string;
  #file: Deno.FsFile | undefined;

  constructor(logPath: string, log: string) {
    this.#path = markPath(logPath);
    this.#log = log;
  }

  /** Never throws: without a mark the log is as safe as it was, only its loss would not be noticed. */
  write(at: number, ends: Readonly<Record<string, number>>): void {
    try {
      this.#file ??= Deno.openSync(this.#path, { write: true, create: true, mode: 0o600 });
      const text = JSON.stringify({ log: this.#log, at, ends } satisfies LogMark);
      if (text.length > MARK_BYTES) return;
      this.#file.seekSync(0, Deno.SeekMode.Start);
      this.#file.writeSync(new TextEncoder().encode(text.padEnd(MARK_BYTES - 1) + "\n"));
    } catch {
      this.close();
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
