import { accountOf } from "../people/person_policy.ts";
import type { ControlContext } from "./route.ts";
import { compose } from "../../core/decode_text.ts";
import { badRequest, HttpProblem } from "./problem.ts";
import { scanJson } from "./scan_json.ts";

/** The most bytes of an ordinary request body. */
export const MAX_BODY_BYTES = 1_048_576;
/** A body over this many bytes is read in a turn: to decode and parse a whole one takes milliseconds. */
const LARGE_BODY_BYTES = 64 * 1024;
/** How long such a body may take, in ms. */
const BODY_MS = 30_000;

/**
 * The body as JSON.
 *
 * @throws {HttpProblem} 415 for another media type or a compressed body, 413 when too large, 400 for bytes that are not
 *   UTF-8 or not JSON, nested too deep, or with a name twice in one object.
 */
export async function readJson(c: ControlContext, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  requireType(c, ["application/json", "application/merge-patch+json"]);
  return parseJson(await readText(c, maxBytes));
}

/**
 * Text as JSON, or a 400.
 *
 * @throws {HttpProblem} 400.
 */
function parseJson(text: string): unknown {
  if (text.trim() === "") throw badRequest("", "missing_body", "The body is empty: send JSON");
  scanJson(text);
  try {
    const parsed = JSON.parse(text);
    return text.includes("\\u") ? composeAll(parsed) : parsed;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : "";
    throw badRequest("", "not_json", `The body is not JSON: ${reason}`);
  }
}

/** @throws {HttpProblem} 415 when the body is of another type. */
export function requireType(c: ControlContext, types: readonly string[]): void {
  const given = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (types.includes(given)) return;
  const shown = given === "" ? "none" : JSON.stringify(given.slice(0, 100));
  throw new HttpProblem(
    415,
    "unsupported_media_type",
    `Content-Type must be ${types.join(" or ")}, got ${shown}`,
  );
}

/**
 * @throws {HttpProblem} 415 when the body says that it is compressed: nothing here inflates what a caller sends, because
 *   a few bytes may become gigabytes.
 */
export function refuseCompressed(c: ControlContext): void {
  const coding = (c.req.header("content-encoding") ?? "identity").trim().toLowerCase();
  if (coding === "identity" || coding === "") return;
  throw new HttpProblem(
    415,
    "compressed_body",
    `The body must not be compressed, got Content-Encoding: ${coding.slice(0, 50)}; send it as it is`,
    { headers: { "Accept-Encoding": "identity" } },
  );
}

/**
 * The body as text; what is decomposed in it (Korean, as macOS writes it) is composed.
 *
 * @throws {HttpProblem} 400, 408, 413 or 415.
 */
export async function readText(c: ControlContext, maxBytes: number): Promise<string> {
  const bytes = await readBytes(c, maxBytes);
  if (bytes.length > LARGE_BODY_BYTES) await c.get("turns").of(callerOf(c)).take();
  try {
    return compose(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      throw new HttpProblem(415, "compressed_body", "The body is gzip: send it as it is, not compressed");
    }
    throw badRequest("", "not_utf8", "The body is not valid UTF-8");
  }
}

/** Whose turn it is: an account's, or of who needs no key his address's. */
function callerOf(c: ControlContext): string {
  const principal = c.get("principal");
  return principal === undefined ? ` ${c.get("address") ?? ""}` : accountOf(principal);
}

/** The body's bytes; read once, and kept for who asks again. */
export async function readBytes(c: ControlContext, maxBytes: number): Promise<Uint8Array> {
  const kept = c.get("body");
  if (kept !== undefined) return kept;
  const bytes = await readAll(c, maxBytes);
  c.set("body", bytes);
  return bytes;
}

async function readAll(c: ControlContext, maxBytes: number): Promise<Uint8Array> {
  refuseCompressed(c);
  try {
    return await inTime(readWhole(c, maxBytes));
  } catch (thrown) {
    if (thrown instanceof HttpProblem) throw thrown;
    // The connection was lost, or ended before what Content-Length promised: nobody is there to hear it.
    throw new HttpProblem(400, "body_interrupted", "The body ended before its end");
  }
}

/** A body that trickles in occupies a connection and memory: it must be here in time. */
async function inTime(reading: Promise<Uint8Array>): Promise<Uint8Array> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new HttpProblem(408, "body_too_slow", `The body took over ${BODY_MS / 1_000} s`));
  const timer = setTimeout(late, BODY_MS);
  try {
    return await Promise.race([reading, promise]);
  } finally {
    clearTimeout(timer);
    reading.catch(() => {});
  }
}

async function readWhole(c: ControlContext, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new HttpProblem(413, "too_large", `The body is over ${maxBytes} bytes`);
  const declared = c.req.header("content-length");
  if (Number(declared ?? 0) > maxBytes) throw tooLarge();
  // A stream that was examined outlives V8's quick collections, and with it all of the request: hundreds of requests a
  // second then fill the heap until everything stands still for a full one. So no stream where HTTP itself sets the end.
  if (declared !== undefined) return await c.req.raw.bytes();
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

/** Composes every text of parsed JSON: escapes are seen only now. */
function composeAll(value: unknown): unknown {
  if (typeof value === "string") return compose(value);
  if (Array.isArray(value)) return value.map(composeAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [compose(name), composeAll(item)]));
}
