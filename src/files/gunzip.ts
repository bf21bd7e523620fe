import { crc32, createInflateRaw } from "node:zlib";
import { setImmediate } from "node:timers/promises";
import { InputError } from "../core/errors.ts";

const NAMED = 0x08;
const COMMENTED = 0x10;
const HEADER_CRC = 0x02;
const EXTRA = 0x04;
const DEFLATE = 8;
const HEAD_BYTES = 10;
const TRAILER_BYTES = 8;
/** A name or comment in a member's header is shorter. */
const MAX_TEXT_BYTES = 64 * 1024;

/** Whether bytes begin as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Unpacks gzip as gzip(1) does: of several members one after the other (RFC 1952, 2.2: `cat a.gz b.gz`), with zeros
 * after the last. Neither DecompressionStream nor Deno's node:zlib does both; what was unpacked before a fault is handed
 * out before it is thrown.
 *
 * @throws {InputError} `cut_off` (it ends within a member), `trailing_bytes` (something else follows the last member),
 *   `damaged` (a header, the data or its checksum is wrong).
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(chunks);
  for (let member = 0;; member++) {
    if (member > 0) await input.skipZeros();
    const magic = await input.peek(2);
    if (member > 0 && magic.length === 0) return;
    if (!isGzip(magic)) throw fault("trailing_bytes", "has other bytes after the end of its gzip data");
    await skipHeader(input);
    yield* inflateMember(input);
  }
}

async function skipHeader(input: ByteReader): Promise<void> {
  const head = await input.take(HEAD_BYTES);
  const flags = head[3]!;
  if (head[2] !== DEFLATE || (flags & 0xe0) !== 0) throw fault("damaged", "is damaged: a bad gzip header");
  if (flags & EXTRA) {
    const [low, high] = await input.take(2);
    await input.take(low! | (high! << 8));
  }
  for (const flag of [NAMED, COMMENTED]) if (flags & flag) await skipText(input);
  if (flags & HEADER_CRC) await input.take(2);
}

async function skipText(input: ByteReader): Promise<void> {
  for (let length = 0; length < MAX_TEXT_BYTES; length++) if ((await input.take(1))[0] === 0) return;
  throw fault("damaged", "is damaged: a bad gzip header");
}

/** The data of one member; the input then stands behind its trailer, which has been checked. */
async function* inflateMember(input: ByteReader): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  let pieces: Uint8Array[] = [];
  let failure: Error | undefined;
  // A Buffer is a Uint8Array with methods of its own, such as a slice that copies nothing: it goes no further.
  inflate.on("data", ({ buffer, byteOffset, length }: Uint8Array) => {
    pieces.push(new Uint8Array(buffer, byteOffset, length));
  });
  inflate.on("error", (error: Error) => failure = error);
  let given = 0;
  let checksum = 0;
  let size = 0;
  try {
    for (;;) {
      const chunk = await input.next();
      if (chunk === undefined) throw cutOff();
      given += chunk.length;
      await new Promise<void>((done) => inflate.write(chunk, () => done()));
      await setImmediate();
      const unpacked = pieces;
      pieces = [];
      for (const piece of unpacked) {
        checksum = crc32(piece, checksum);
        size += piece.length;
        yield piece;
      }
      if (failure !== undefined) throw fault("damaged", `is damaged: ${failure.message}`);
      const taken = inflate.bytesWritten;
      if (taken === given) continue;
      // It leaves what follows the data's end: the trailer, and the next member.
      input.unread(chunk.subarray(chunk.length - (given - taken)));
      break;
    }
  } finally {
    inflate.close();
  }
  const trailer = await input.take(TRAILER_BYTES);
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES);
  if (view.getUint32(0, true) !== checksum >>> 0 || view.getUint32(4, true) !== size % 2 ** 32) {
    throw fault("damaged", "is damaged: its checksum is wrong");
  }
}

/** Bytes of a stream, some at a time. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** What is there next, of any size; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#rest.length > 0) {
      const chunk = this.#rest;
      this.#rest = new Uint8Array(0);
      return chunk;
    }
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }

  /** Puts back what was not used of the last chunk. */
  unread(bytes: Uint8Array): void {
    this.#rest = bytes;
  }

  /** Up to `count` bytes without taking them; fewer at the end. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#rest.length < count) {
      const had = this.#rest;
      this.#rest = new Uint8Array(0);
      const more = await this.next();
      this.#rest = more === undefined ? had : joined(had, more);
      if (more === undefined) break;
    }
    return this.#rest.subarray(0, count);
  }

  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw cutOff();
    this.#rest = this.#rest.subarray(count);
    return bytes;
  }

  async skipZeros(): Promise<void> {
    for (;;) {
      const [first] = await this.peek(1);
      if (first !== 0) return;
      const end = this.#rest.findIndex((byte) => byte !== 0);
      this.#rest = end < 0 ? new Uint8Array(0) : this.#rest.subarray(end);
    }
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}

function cutOff(): InputError {
  return fault("cut_off", "is cut off: its gzip data has no end");
}

function fault(code: string, reason: string): InputError {
  return new InputError(code, [{ field: "", code, reason }]);
}
