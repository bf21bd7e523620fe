const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * Java's murmur2 of bytes, as Kafka's clients use it to place keys (`org.apache.kafka.common.utils.Utils.murmur2`): a
 * signed 32-bit integer.
 *
 * @param length how many of them; all by default.
 */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) |
      (byte(bytes, at + 3) << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    word = Math.imul(word, M);
    hash = Math.imul(hash, M) ^ word;
  }
  const left = length - at;
  if (left >= 3) hash ^= byte(bytes, at + 2) << 16;
  if (left >= 2) hash ^= byte(bytes, at + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ byte(bytes, at), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

const encoder = new TextEncoder();

/**
 * The partition of a key among `count`, as Kafka's own producers choose it.
 *
 * @param key Read as UTF-8.
 */
export function partitionOfKey(key: string, count: number): number {
  return count === 1 ? 0 : (hashOfText(key) & 0x7fffffff) % count;
}

/** A call of the encoder costs more than a symbol has letters. */
const short = new Uint8Array(64);

function hashOfText(text: string): number {
  if (text.length > short.length) return murmur2(encoder.encode(text));
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return murmur2(encoder.encode(text));
    short[at] = code;
  }
  return murmur2(short, text.length);
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
