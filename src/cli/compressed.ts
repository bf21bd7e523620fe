import { pipeline, Readable } from "node:stream";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { type Coding, codingFor, isCompressible, LEAST_CODED_BYTES } from "../control/http/coding.ts";

/** Quick rather than small: it is done anew for every answer. */
const PARAMS = { [constants.BROTLI_PARAM_QUALITY]: 4 };
/** What comes in goes out at once: an import's results are seen as they come. */
const CODERS = {
  br: () => createBrotliCompress({ params: PARAMS, flush: constants.BROTLI_OPERATION_FLUSH }),
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
} as const;

/**
 * Compresses an answer for who takes it, beside the event loop: text that begins with some size, is no event stream and not
 * coded yet. A strong tag becomes a weak one, for the bytes are others than those that it names.
 */
export async function compressed(request: Request, response: Response): Promise<Response> {
  const { body, headers } = response;
  if (body === null || request.method === "HEAD" || headers.has("content-encoding")) return response;
  if (!isCompressible(headers.get("content-type") ?? "")) return response;
  const coding = codingFor(request.headers.get("accept-encoding") ?? "");
  if (coding === undefined) return response;
  const reader = body.getReader();
  const { value: first } = await reader.read();
  if (first === undefined || first.length < LEAST_CODED_BYTES) {
    return new Response(rejoined(first, reader), { status: response.status, headers });
  }
  const coder = CODERS[coding]();
  // A failure is seen by who reads what the coder makes.
  pipeline(Readable.from(partsOf(first, reader), { objectMode: false }), coder, () => {});
  return new Response(Readable.toWeb(coder) as unknown as ReadableStream<Uint8Array>, {
    status: response.status,
    headers: codedHeaders(headers, coding),
  });
}

function rejoined(
  first: Uint8Array | undefined,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => first === undefined ? controller.close() : controller.enqueue(first),
    async pull(controller) {
      const { value } = await reader.read();
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

async function* partsOf(
  first: Uint8Array | undefined,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let part = first; part !== undefined; part = (await reader.read()).value) yield part;
  } finally {
    await reader.cancel();
  }
}

function codedHeaders(given: Headers, coding: Coding): Headers {
  const headers = new Headers(given);
  headers.set("Content-Encoding", coding);
  headers.append("Vary", "Accept-Encoding");
  headers.delete("Content-Length");
  const tag = headers.get("etag");
  if (tag !== null && !tag.startsWith("W/")) headers.set("ETag", `W/${tag}`);
  return headers;
}
