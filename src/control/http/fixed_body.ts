import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { type Coding, codingFor, isCompressible, LEAST_CODED_BYTES } from "./coding.ts";
import type { ControlContext } from "./route.ts";

const BROTLI_QUALITY = 9;

const CODINGS: Readonly<Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

const known = new WeakMap<Uint8Array, Map<Coding, Promise<Uint8Array>>>();

/**
 * Answers with bytes that stay the same, for anybody: they are compressed once, beside the event loop. What
 * answers each time with other bytes is compressed where it is served, each time.
 *
 * @param bytes the same array each time.
 */
export async function fixedBody(
  c: ControlContext,
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Response> {
  c.header("Content-Type", contentType);
  if (bytes.length < LEAST_CODED_BYTES || !isCompressible(contentType)) return c.body(bytes);
  c.header("Vary", "Accept-Encoding", { append: true });
  const coding = codingFor(c.req.header("accept-encoding") ?? "");
  if (coding === undefined) return c.body(bytes);
  c.header("Content-Encoding", coding);
  return c.body(await compressed(bytes, coding) as Uint8Array<ArrayBuffer>);
}

function compressed(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
  const codings = known.get(bytes) ?? new Map<Coding, Promise<Uint8Array>>();
  known.set(bytes, codings);
  const made = codings.get(coding) ?? CODINGS[coding](bytes);
  codings.set(coding, made);
  return made;
}
