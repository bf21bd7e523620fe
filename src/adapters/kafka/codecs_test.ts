import { Buffer } from "node:buffer";
import { expect } from "expect";
import fc from "fast-check";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils";
import { inflateLz4 } from "./lz4.ts";
import { inflateSnappy } from "./snappy.ts";

// What is written here is packed by another implementation (Rust's lz4_flex and snap), or by hand from the format's
// description where that one does not write a variant. tests/parts/kafka_codecs_test.ts reads what brokers pack.

const MOST = 10 * 2 ** 20;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hex = (digits: string) => new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex"));

/** Bytes that repeat themselves near and far, as trades do. */
const repetitive = fc.array(
  fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(Buffer.from('{"symbol":"005930",'))),
  {
    maxLength: 200,
  },
).map((pieces) => Buffer.concat([...pieces, ...pieces, Buffer.from("}")]));

Deno.test("LZ4: what another implementation packs comes back", () => {
  fc.assert(fc.property(repetitive, (bytes) => {
    expect(Buffer.from(inflateLz4(lz4Compress(bytes), MOST)).equals(bytes)).toBe(true);
  }));
});

Deno.test("LZ4: frames of many blocks, frames after frames, and skippable ones", () => {
  const big = Buffer.from("a trade, and another one; ".repeat(20_000));
  const frames = Buffer.concat([
    lz4Compress(big),
    hex("5a2a4d18 03000000 aabbcc"),
    lz4Compress(Buffer.from("end")),
  ]);
  expect(Buffer.from(inflateLz4(frames, MOST)).equals(Buffer.concat([big, Buffer.from("end")]))).toBe(true);
  expect(inflateLz4(new Uint8Array(), MOST).length).toBe(0);
});

Deno.test("LZ4: content size, checksums, linked and stored blocks, the wrong header checksum of old clients", () => {
  // version 1, independent blocks, block checksums, content size, content checksum; header checksum 0
  const checked = "04224d18 7c40 0500000000000000 00 05000080 68656c6c6f 00000000 00000000 00000000";
  expect(text(inflateLz4(hex(checked), MOST))).toBe("hello");
  // linked blocks: the match of the second one reaches back into the first; without the link it must not
  const block = Buffer.concat([hex("10 2c 0600 50"), Buffer.from("world")]);
  const frame = (flags: string) =>
    Buffer.concat([hex(`04224d18 ${flags}40 00 05000080 68656c6c6f`), sized(block), hex("00000000")]);
  expect(text(inflateLz4(frame("40"), MOST))).toBe("hello,hellworld");
  expect(() => inflateLz4(frame("60"), MOST)).toThrow("before the block's beginning");
});

function sized(block: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([size, block]);
}

Deno.test("LZ4: a match that overlaps what it writes, and long lengths", () => {
  // one literal, then 300 of the same: token 1f, distance 1, length 15 + 255 + 26 + 4
  const block = Buffer.concat([hex("1f 61 0100 ff 1a"), hex("50 6262626262")]);
  const frame = Buffer.concat([hex("04224d18 6040 00"), sized(block), hex("00000000")]);
  expect(text(inflateLz4(frame, MOST))).toBe("a".repeat(301) + "bbbbb");
});

Deno.test("LZ4: the legacy format", () => {
  const block = Buffer.concat([hex("50"), Buffer.from("hello")]);
  expect(text(inflateLz4(Buffer.concat([hex("02214c18"), sized(block), sized(block)]), MOST))).toBe(
    "hellohello",
  );
});

Deno.test("Snappy: what another implementation packs comes back, in snappy-java's framing too", () => {
  fc.assert(fc.property(repetitive, (bytes) => {
    const packed = snappyCompress(bytes);
    expect(Buffer.from(inflateSnappy(packed, MOST)).equals(bytes)).toBe(true);
    const header = hex("82534e41505059 00 00000001 00000001");
    const framed = Buffer.concat([header, big(packed), big(packed)]);
    expect(Buffer.from(inflateSnappy(framed, MOST)).equals(Buffer.concat([bytes, bytes]))).toBe(true);
  }));
});

function big(block: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(block.length);
  return Buffer.concat([size, block]);
}

Deno.test("Snappy: copies with one, two and four bytes of distance", () => {
  // "abcd", then 4 back by one byte, 4 by two, 4 by four
  const block = hex("10 0c 61626364 01 04 0e 0400 0f 04000000");
  expect(text(inflateSnappy(block, MOST))).toBe("abcdabcdabcdabcd");
});

Deno.test("no bytes whatever do anything but inflate or throw a RangeError", () => {
  const start = fc.constantFrom("04224d18 6040 00", "02214c18", "82534e41505059 00 00000001 00000001", "");
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (start, bytes) => {
      for (const inflate of [inflateLz4, inflateSnappy]) {
        try {
          expect(inflate(new Uint8Array(Buffer.concat([hex(start), bytes])), 100_000).length)
            .toBeLessThanOrEqual(100_000);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RangeError);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a damaged byte inflates to something else or throws; a bomb is refused", () => {
  const bytes = Buffer.from('{"symbol":"005930","price":70000}'.repeat(50));
  for (
    const [inflate, packed] of [[inflateLz4, lz4Compress(bytes)], [
      inflateSnappy,
      snappyCompress(bytes),
    ]] as const
  ) {
    for (let at = 0; at < packed.length; at++) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] as number) ^ 0x15;
      try {
        inflate(damaged, MOST);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RangeError);
      }
    }
    expect(() => inflate(packed, bytes.length - 1)).toThrow("unfolds to more than");
    expect(() => inflate(packed.subarray(0, packed.length - 6), MOST)).toThrow(RangeError);
  }
});
