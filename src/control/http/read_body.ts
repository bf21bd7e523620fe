import type { Context } from "hono";
import { badRequest, HttpProblem } from "./problem.ts";

/** The most bytes of an ordinary request body. */
export const MAX_BODY_BYTES = 1_048_576;
/** How deep JSON may be nested: our own shapes need four. */
const MAX_DEPTH = 32;

/**
 * The body as JSON.
 *
 * @throws {HttpProblem} 415 for another media type, 413 when too large, 400 for bytes that are not UTF-8 or not JSON, or
 *   nested too deep.
 */
export async function readJson(c: Context, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  requireType(c, ["application/json", "application/merge-patch+json"]);
  return parseJson(await readText(c, maxBytes));
}

/** Text as JSON, or a 400. */
export function parseJson(text: string): unknown {
  if (text.trim() === "") throw badRequest("", "missing_body", "The body is empty: send JSON");
  if (depth(text) > MAX_DEPTH) {
    throw badRequest("", "too_deep", `The body is nested deeper than ${MAX_DEPTH} levels`);
  }
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : "";
    throw badRequest("", "not_json", `The body is not JSON: ${reason}`);
  }
}

/** @throws {HttpProblem} 415 when the body is of another type. */
export function requireType(c: Context, types: readonly string[]): void {
  const given = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (types.includes(given)) return;
  const told = given === "" ? "none" : JSON.stringify(given.slice(0, 100));
  throw new HttpProblem(
    415,
    "unsupported_media_type",
    `Content-Type must be ${types.join(" or ")}, got ${told}`,
  );
}

/** The body as text. */
export async function readText(c: Context, maxBytes: number): Promise<string> {
  const bytes = await readBytes(c, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw badRequest("", "not_utf8", "The body is not valid UTF-8");
  }
}

/** The body's bytes; read once, and kept for who asks again. */
export async function readBytes(c: Context, maxBytes: number): Promise<Uint8Array> {
  const kept = c.get("body") as Uint8Array | undefined;
  if (kept !== undefined) return kept;
  const bytes = await readAll(c, maxBytes);
  c.set("body", bytes);
  return bytes;
}

async function readAll(c: Context, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new HttpProblem(413, "too_large", `The body is over ${maxBytes} bytes`);
  const told = c.req.header("content-length");
  if (Number(told ?? 0) > maxBytes) throw tooLarge();
  // A stream that was looked at outlives V8's quick collections, and with it all of the request: hundreds of requests a
  // second then fill the heap until everything stands still for a full one. So no stream where HTTP itself sets the end.
  if (told !== undefined) return await c.req.raw.bytes();
  const body = c.req.raw.body;
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** How deep brackets are nested, strings left out; counted before parsing, so that no recursion meets the depth. */
function depth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}
