import type { MiddlewareHandler } from "hono";
import type { Turns } from "../turns.ts";
import { HttpProblem } from "./problem.ts";
import type { ControlEnv } from "./route.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{8,100}$/;

/** Hands on whose turn it is among those that have much to do. */
export function takingTurns(turns: Turns): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    c.set("turns", turns);
    await next();
  };
}

/** Gives each request an id (the caller's own X-Request-Id where it is sound), which answers and logs carry. */
export function requestId(): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID();
    c.set("requestId", id);
    c.set("address", c.env?.address);
    await next();
    c.res.headers.set("X-Request-Id", id);
  };
}

/** Headers that keep browsers from doing more with an answer than it is for; a page's own policy stands. */
export function securityHeaders(): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    if (!headers.has("Referrer-Policy")) headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    if (!headers.has("Content-Security-Policy")) {
      headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  };
}

/** The longest address, and the most headers may have together, in characters. */
const MAX_URL = 8_192;
const MAX_HEADERS = 32_768;

/**
 * Refuses addresses and headers that are larger than anything the API has a use for.
 *
 * @throws {HttpProblem} 414 or 431, from the handler.
 */
export function requestLimits(): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    if (c.req.url.length > MAX_URL) {
      throw new HttpProblem(414, "url_too_long", `The URL is over ${MAX_URL} characters`);
    }
    let size = 0;
    for (const [name, value] of c.req.raw.headers) size += name.length + value.length;
    if (size > MAX_HEADERS) {
      throw new HttpProblem(431, "headers_too_large", `The headers are over ${MAX_HEADERS} characters`);
    }
    await next();
  };
}
