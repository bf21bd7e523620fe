import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { ChannelError } from "../../ports/channel.ts";
import { notReached } from "../../ports/http_outcome.ts";

/** One POST. */
export interface HttpPost {
  /** For codes and messages: "webhook", "slack". */
  readonly service: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
  /** What is in trouble when no answer comes. */
  readonly concerns?: ChannelError["concerns"];
  /** Turns a host's name into addresses; the system's by default. */
  readonly lookup?: LookupFunction;
}

/** What came back. */
export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, as text without control characters. */
  readonly body: string;
}

/** What is read of an answer. */
const ANSWER_BYTES = 16_384;

/**
 * Posts once, follows no redirect, and knows whether the request was handed over when it ends without an answer: what was
 * not may be sent again, what was may have been taken.
 *
 * @throws {ChannelError} `SERVICE_unreachable`, `SERVICE_not_allowed`, `SERVICE_no_answer`, `aborted`; what a lookup throws.
 */
export function post(call: HttpPost): Promise<HttpReply> {
  const { url, signal, lookup } = call;
  const body = typeof call.body === "string" ? new TextEncoder().encode(call.body) : call.body;
  const headers = { "User-Agent": "Tickbell/1", ...call.headers, "Content-Length": String(body.length) };
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    let handedOver = false;
    const failed = (error: Error) => reject(errorOf(error, call, handedOver));
    const options = { method: "POST", headers, signal, agent: false as const, ...(lookup ? { lookup } : {}) };
    const sending = request(url, options, (answer) => {
      readReply(answer).then(resolve, failed);
    });
    // Everything has gone to the other side's socket, TLS included.
    sending.on("finish", () => handedOver = true);
    sending.on("error", failed);
    sending.end(body);
  });
}

function errorOf(
  error: Error,
  { service, signal, concerns = "provider" }: HttpPost,
  handedOver: boolean,
): ChannelError {
  if (error instanceof ChannelError) return error;
  if (signal.aborted) {
    const end = handedOver ? "unknown" : "not_taken";
    return new ChannelError("aborted", "the call was given up", { end, concerns, cause: error });
  }
  if (!handedOver) return notReached(service, error);
  const message = `${service} took the call and did not answer`;
  return new ChannelError(`${service}_no_answer`, message, { end: "unknown", concerns });
}

async function readReply(answer: IncomingMessage): Promise<HttpReply> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= ANSWER_BYTES) break;
  }
  answer.destroy();
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: printable(chunks) };
}

function printable(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}

/** The JSON value of a reply's body; undefined when it is none. */
export function jsonOf({ body }: HttpReply): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
