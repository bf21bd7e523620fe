import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { ControlContext, ControlEnv } from "../http/route.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Principal } from "./principal.ts";

/** The cookie that carries the console's key. */
export const KEY_COOKIE = "tickbell_key";

/** Tells who a key or token belongs to; undefined when nobody is known by it. */
export type Identify = (credential: string) => Promise<Omit<Principal, "viaCookie"> | undefined>;

/** Requires a known caller, by `Authorization: Bearer` or the console's cookie. */
export function authenticate(identify: Identify): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    const { credential, viaCookie } = credentialOf(c);
    if (credential === undefined) throw unauthenticated("Give an API key: Authorization: Bearer KEY");
    if (viaCookie) requireSameOrigin(c);
    const known = await identify(credential);
    if (known === undefined) {
      throw unauthenticated("The key or token is not known, has expired or was revoked");
    }
    c.set("principal", { ...known, viaCookie });
    await next();
  };
}

function credentialOf(c: ControlContext): { credential: string | undefined; viaCookie: boolean } {
  const header = c.req.header("authorization");
  if (header !== undefined) {
    const match = /^Bearer +([\x21-\x7e]{1,8000}) *$/i.exec(header);
    if (match === null) throw unauthenticated("Authorization must be: Bearer KEY");
    return { credential: match[1], viaCookie: false };
  }
  return { credential: getCookie(c, KEY_COOKIE), viaCookie: true };
}

function unauthenticated(detail: string): HttpProblem {
  return new HttpProblem(401, "not_authenticated", detail, {
    headers: { "WWW-Authenticate": 'Bearer realm="tickbell"' },
  });
}

/** A browser sends the cookie by itself, so a change must come from our own pages. */
function requireSameOrigin(c: ControlContext): void {
  if (c.req.method === "GET" || c.req.method === "HEAD") return;
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const sameSite = site === undefined || site === "same-origin" || site === "none";
  const sameOrigin = origin === undefined || origin === "null"
    ? origin === undefined
    : URL.canParse(origin) && new URL(origin).host === (c.req.header("host") ?? new URL(c.req.url).host);
  if (sameSite && sameOrigin) return;
  throw new HttpProblem(403, "cross_origin", "A change with the console's cookie must come from the console");
}
