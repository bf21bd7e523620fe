/**
 * LZ4's frame format as Kafka's clients write it (github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md):
 *
 *     magic u32 LE | FLG u8 | BD u8 | [content size u64] | [dictionary id u32] | header checksum u8
 *     blocks: size u32 LE (top bit: stored as it is) | bytes | [checksum u32]; a size of 0 ends the frame | [checksum u32]
 *
 * Several frames may follow one another, skippable ones and legacy ones (`lz4 -l`) among them. Checksums are passed over:
 * the record batch has a CRC32C of its own, and old Kafka clients wrote a wrong header checksum (KAFKA-3160).
 *
 * No library: those without native code stop after the first frame, trap on bad bytes and know no bound.
 *
 * @module
 */

const MAGIC = 0x184d2204;
const LEGACY_MAGIC = 0x184c2102;
const SKIPPABLE_MAGIC = 0x184d2a50;
const STORED = 0x80000000;
const LEGACY_BLOCK_BYTES = 8 * 2 ** 20;
const MIN_MATCH = 4;

/**
 * Inflates all frames.
 *
 * @param most More bytes than this are refused.
 * @throws {RangeError} when these are no frames, one is cut short or damaged, or `most` is exceeded.
 */
export function inflateLz4(bytes: Uint8Array, most: number): Uint8Array {
  const frames = new Frames(bytes, most);
  while (frames.more) frames.next();
  return frames.done();
}

class Frames {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;
  #most: number;
  #out: Uint8Array;
  #length = 0;
  /** Where the frame's output begins: matches of linked blocks reach back to it, never before. */
  #frameStart = 0;

  constructor(bytes: Uint8Array, most: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#most = most;
    this.#out = new Uint8Array(Math.min(most, Math.max(64, bytes.length * 4)));
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  next(): void {
    const magic = this.#u32();
    this.#frameStart = this.#length;
    if (magic === MAGIC) this.#frame();
    else if (magic === LEGACY_MAGIC) this.#legacyFrame();
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) this.#skip(this.#u32());
    else throw new RangeError(`no LZ4 frame begins with 0x${magic.toString(16)}`);
  }

  done(): Uint8Array {
    return this.#out.subarray(0, this.#length);
  }

  #frame(): void {
    const flags = this.#u8();
    if (flags >> 6 !== 1) throw new RangeError(`version ${flags >> 6} of LZ4's frames is not known`);
    const code = this.#u8() >> 4 & 7;
    if (code < 4) throw new RangeError(`block size ${code} is not known`);
    const blockBytes = 2 ** (8 + 2 * code);
    const linked = (flags & 0x20) === 0;
    if (flags & 0x08) this.#skip(8);
    if (flags & 0x01 && this.#u32() !== 0) {
      throw new RangeError("an LZ4 dictionary is needed, and there is none");
    }
    this.#skip(1);
    for (;;) {
      const size = this.#u32();
      if (size === 0) break;
      const block = this.#take(size & ~STORED);
      const start = linked ? this.#frameStart : this.#length;
      if (size & STORED) this.#copy(block, blockBytes);
      else this.#inflate(block, { start, most: blockBytes });
      if (flags & 0x10) this.#skip(4);
    }
    if (flags & 0x04) this.#skip(4);
  }

  /** Its blocks end with the bytes, or where another frame's magic stands for a size. */
  #legacyFrame(): void {
    while (this.more) {
      const size = this.#u32();
      if (size === MAGIC || size === LEGACY_MAGIC) {
        this.#at -= 4;
        return;
      }
      this.#inflate(this.#take(size), { start: this.#length, most: LEGACY_BLOCK_BYTES });
    }
  }

  /** A block is sequences of a token, literals, and a match that repeats what was written before. */
  #inflate(block: Uint8Array, within: { readonly start: number; readonly most: number }): void {
    const limit = this.#length + within.most;
    let at = 0;
    while (at < block.length) {
      const token = block[at++] as number;
      let literals = token >> 4;
      if (literals === 15) [literals, at] = lengthened(block, at, literals);
      if (at + literals > block.length) throw new RangeError("literals beyond their LZ4 block");
      this.#reserve(literals, limit);
      this.#out.set(block.subarray(at, at + literals), this.#length);
      this.#length += literals;
      at += literals;
      // The last sequence has no match.
      if (at === block.length) return;
      if (at + 2 > block.length) throw new RangeError("an LZ4 block is cut short");
      const distance = (block[at] as number) | (block[at + 1] as number) << 8;
      at += 2;
      let length = token & 15;
      if (length === 15) [length, at] = lengthened(block, at, length);
      length += MIN_MATCH;
      if (distance === 0 || distance > this.#length - within.start) {
        throw new RangeError("an LZ4 match before the block's beginning");
      }
      this.#reserve(length, limit);
      this.#length = repeat(this.#out, { from: this.#length - distance, to: this.#length, length });
    }
  }

  #copy(block: Uint8Array, most: number): void {
    this.#reserve(block.length, this.#length + most);
    this.#out.set(block, this.#length);
    this.#length += block.length;
  }

  #reserve(more: number, limit: number): void {
    const needed = this.#length + more;
    if (needed > limit) throw new RangeError("an LZ4 block is longer than its frame says");
    if (needed > this.#most) throw new RangeError(`it unfolds to more than ${this.#most} bytes`);
    if (needed <= this.#out.length) return;
    const grown = new Uint8Array(Math.min(this.#most, Math.max(needed, this.#out.length * 2)));
    grown.set(this.#out.subarray(0, this.#length));
    this.#out = grown;
  }

  #u8(): number {
    const at = this.#at;
    this.#skip(1);
    return this.#bytes[at] as number;
  }

  #u32(): number {
    const at = this.#at;
    this.#skip(4);
    return this.#view.getUint32(at, true);
  }

  #take(length: number): Uint8Array {
    const at = this.#at;
    this.#skip(length);
    return this.#bytes.subarray(at, this.#at);
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError("an LZ4 frame is cut short");
  }
}

/** A length of 15 goes on in the next bytes, until one is not 255. */
function lengthened(block: Uint8Array, at: number, length: number): [number, number] {
  for (;;) {
    if (at >= block.length) throw new RangeError("a length beyond its LZ4 block");
    const more = block[at++] as number;
    length += more;
    if (more !== 255) return [length, at];
  }
}

/**
 * Repeats bytes that were written before; where source and target overlap, what is written is read again.
 *
 * @returns The position after the last one written.
 */
export function repeat(
  out: Uint8Array,
  match: { readonly from: number; readonly to: number; readonly length: number },
): number {
  let { from, to } = match;
  const end = to + match.length;
  if (to - from >= match.length) out.copyWithin(to, from, from + match.length);
  else while (to < end) out[to++] = out[from++] as number;
  return end;
}
