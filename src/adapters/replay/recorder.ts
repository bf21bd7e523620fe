import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { constants, createGzip, type Gzip } from "node:zlib";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";

/** A file that was written. */
export interface RecordedFile {
  readonly path: string;
  frames: number;
}

/** How often what was packed is forced out, in lines: what a kill may lose. */
const FLUSH_LINES = 1_000;
const HEADER = "# tickbell record 1: epoch ms of arrival, a blank, the frame\n";

/** What the {@link Recorder} is made from. */
export interface RecorderOptions {
  /** The first file; the next are numbered before the extension: `day.kis.gz`, `day.1.kis.gz`, … */
  readonly path: string;
  /** A file is ended at this size, bytes as compressed. */
  readonly maxBytes: number;
}

/**
 * Writes a feed's frames with their times of arrival into gzip files, one a line. A file that exists is not touched: the
 * next free number is taken. Frames with a line end in them cannot be written as a line: it becomes a blank.
 */
export class Recorder {
  readonly files: RecordedFile[] = [];
  readonly #options: RecorderOptions;
  #open: { readonly file: RecordedFile; readonly gzip: Gzip; readonly stream: WriteStream } | undefined;
  #failure: Error | undefined;
  #number = 0;
  #unflushed = 0;
  /** Compressed bytes of the open file. */
  #bytes = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /**
   * Writes what came, in order; resolves when there is room for more.
   *
   * @throws {OutsideError} `recording_failed`: the disk is full, the folder cannot be written.
   */
  async write(events: readonly SourceEvent[]): Promise<void> {
    const open = this.#open ?? await this.#next();
    const parts: Uint8Array[] = [];
    for (const event of events) {
      if (event.type === "gap") {
        parts.push(Buffer.from(`# gap ${event.at} ${event.reason} ${event.symbols?.join(",") ?? "*"}\n`));
        continue;
      }
      parts.push(Buffer.from(`${event.receivedAt} `), oneLine(event.bytes), NEWLINE);
      open.file.frames++;
      this.#unflushed++;
    }
    const ready = open.gzip.write(Buffer.concat(parts));
    if (this.#unflushed >= FLUSH_LINES) {
      this.#unflushed = 0;
      await this.#flush(open.gzip);
    } else if (!ready) await this.#untilDrained(open.gzip);
    if (this.#failure !== undefined) throw this.#failed(this.#failure);
    if (this.#bytes >= this.#options.maxBytes) await this.close();
  }

  /** Ends the file that is open. */
  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.gzip.end();
    if (this.#failure === undefined && !open.stream.writableFinished) {
      await Promise.race([once(open.stream, "finish"), once(open.stream, "error")]);
    }
    if (this.#failure !== undefined) throw this.#failed(this.#failure);
  }

  async #next() {
    let path = this.#numbered();
    while (await exists(path)) {
      this.#number++;
      path = this.#numbered();
    }
    this.#number++;
    const stream = createWriteStream(path, { flags: "wx" });
    stream.on("error", (error) => this.#failure = error);
    const gzip = createGzip();
    gzip.on("error", (error) => this.#failure = error);
    this.#bytes = 0;
    gzip.on("data", (chunk: Uint8Array) => this.#bytes += chunk.length);
    gzip.pipe(stream);
    gzip.write(HEADER);
    const file = { path, frames: 0 };
    this.files.push(file);
    return this.#open = { file, gzip, stream };
  }

  #numbered(): string {
    const { path } = this.#options;
    if (this.#number === 0) return path;
    const slash = path.lastIndexOf("/") + 1;
    const dot = path.indexOf(".", slash + 1);
    return dot < 0 ? `${path}.${this.#number}` : `${path.slice(0, dot)}.${this.#number}${path.slice(dot)}`;
  }

  #flush(gzip: Gzip): Promise<void> {
    return new Promise((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
  }

  async #untilDrained(gzip: Gzip): Promise<void> {
    while (gzip.writableNeedDrain && this.#failure === undefined) {
      await Promise.race([once(gzip, "drain"), new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }

  #failed(error: Error): OutsideError {
    const message = `Cannot record to ${this.#options.path}: ${messageOf(error)}`;
    return new OutsideError("recording_failed", message, { retryable: false, cause: error });
  }
}

const NEWLINE = Buffer.from("\n");

function oneLine(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(10) && !bytes.includes(13)) return bytes;
  return bytes.map((byte) => byte === 10 || byte === 13 ? 32 : byte);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
