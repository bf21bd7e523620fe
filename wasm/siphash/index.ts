/**
 * SipHash-2-4 with 128 bits of output, by Aumasson and Bernstein: https://github.com/veorq/SipHash. A keyed hash for short
 * inputs; src/core/siphash.ts is what uses it, and how memory is laid out.
 */

/** Two rounds for each word of input, four at the end. */
let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

// @ts-ignore: decorator of AssemblyScript

function round(): void {
  v0 += v1;
  v1 = rotl<u64>(v1, 13);
  v1 ^= v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16);
  v3 ^= v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21);
  v3 ^= v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17);
  v1 ^= v2;
  v2 = rotl<u64>(v2, 32);
}

/** Hashes `length` bytes at `input` under the 16 bytes at `key`; 16 bytes at `output`. */
export function hash(key: usize, input: usize, length: usize, output: usize): void {
  const k0 = load<u64>(key);
  const k1 = load<u64>(key + 8);
  v0 = 0x736f6d6570736575 ^ k0;
  v1 = 0x646f72616e646f6d ^ k1 ^ 0xee;
  v2 = 0x6c7967656e657261 ^ k0;
  v3 = 0x7465646279746573 ^ k1;
  const whole = length & ~(<usize> 7);
  for (let at: usize = 0; at < whole; at += 8) {
    const word = load<u64>(input + at);
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  let last: u64 = (<u64> length) << 56;
  for (let at: usize = whole; at < length; at++) {
    last |= (<u64> load<u8>(input + at)) << ((<u64> (at - whole)) << 3);
  }
  v3 ^= last;
  round();
  round();
  v0 ^= last;
  v2 ^= 0xee;
  for (let count = 0; count < 4; count++) round();
  store<u64>(output, v0 ^ v1 ^ v2 ^ v3);
  v1 ^= 0xdd;
  for (let count = 0; count < 4; count++) round();
  store<u64>(output + 8, v0 ^ v1 ^ v2 ^ v3);
}
