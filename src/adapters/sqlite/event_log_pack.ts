import { deflateRawSync, inflateRawSync } from "node:zlib";
import { mergeMetas } from "./event_log_segment.ts";

/** Fast rather than small: the log's JSON repeats itself so much that more effort gains little. */
const LEVEL = 3;

/** What is kept of segments that became one: u32 length of the meta, the meta, the values; compressed. */
export function packSegment(metas: readonly string[], body: Uint8Array): Uint8Array {
  const meta = new TextEncoder().encode(mergeMetas(metas));
  const plain = new Uint8Array(4 + meta.length + body.length);
  new DataView(plain.buffer).setUint32(0, meta.length, true);
  plain.set(meta, 4);
  plain.set(body, 4 + meta.length);
  return deflateRawSync(plain, { level: LEVEL });
}

/** The meta and the values of a row of the table `segment`, packed or not. */
export function segmentOfRow(
  row: Readonly<Record<string, unknown>>,
): { readonly meta: string; readonly body: Uint8Array } {
  const body = row.body as Uint8Array;
  if (Number(row.packed) === 0) return { meta: String(row.meta), body };
  const { buffer, byteOffset, length } = inflateRawSync(body);
  const size = new DataView(buffer, byteOffset).getUint32(0, true);
  return {
    meta: new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 4, size)),
    body: new Uint8Array(buffer, byteOffset + 4 + size, length - 4 - size),
  };
}
