/**
 * Snappy (github.com/google/snappy, format_description.txt), plain or in the framing of snappy-java, which Java clients
 * write: 82 "SNAPPY" 00, version i32, compatible i32, then blocks, each with its length i32 before it.
 *
 * @module
 */
import { repeat } from "./lz4.ts";

const XERIAL = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const XERIAL_HEADER_BYTES = 16;

/**
 * Inflates a block or snappy-java's blocks.
 *
 * @param most More bytes than this are refused.
 * @throws {RangeError} when a block is cut short or damaged, or `most` is exceeded.
 */
export function inflateSnappy(bytes: Uint8Array, most: number): Uint8Array {
  if (!XERIAL.every((byte, at) => bytes[at] === byte)) return inflateBlock(bytes, most);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    if (at + 4 > bytes.length) throw cut();
    const length = view.getUint32(at);
    at += 4;
    if (at + length > bytes.length) throw cut();
    const block = inflateBlock(bytes.subarray(at, at + length), most - total);
    at += length;
    total += block.length;
    blocks.push(block);
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

/** The length as a varint, then literals and copies of what was written before. */
function inflateBlock(bytes: Uint8Array, most: number): Uint8Array {
  const head = lengthOf(bytes);
  if (head.length > most) throw new RangeError(`it unfolds to more than ${most} bytes`);
  const out = new Uint8Array(head.length);
  let at = head.at;
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const more = length - 60;
        length = littleEndian(bytes, at, more) + 1;
        at += more;
      }
      if (at + length > bytes.length || to + length > out.length) throw cut();
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    const length = kind === 1 ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1;
    const more = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const distance = littleEndian(bytes, at, more) + (kind === 1 ? (tag >> 5) * 256 : 0);
    at += more;
    if (distance === 0 || distance > to) throw new RangeError("a Snappy copy before the block's beginning");
    if (to + length > out.length) throw new RangeError("a Snappy block is longer than it says");
    to = repeat(out, { from: to - distance, to, length });
  }
  if (to !== out.length) throw cut();
  return out;
}

function lengthOf(bytes: Uint8Array): { length: number; at: number } {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw cut();
    length += (byte & 127) * 128 ** at;
    if (byte < 128) return { length, at: at + 1 };
  }
  throw new RangeError("no Snappy block is that long");
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw cut();
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] as number);
  return value;
}

function cut(): RangeError {
  return new RangeError("a Snappy block is cut short");
}
