import type { MiddlewareHandler } from "hono";
import type { ControlEnv } from "./api.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{8,100}$/;

/** Gives each request an id (the caller's own X-Request-Id where it is sound), which answers and logs carry. */
export function requestId(): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID();
    c.set("requestId", id);
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
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    if (!headers.has("Content-Security-Policy")) {
      headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  };
}
