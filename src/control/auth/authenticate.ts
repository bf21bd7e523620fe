import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { type AddressLimits, refuseGuessers } from "../http/address_limits.ts";
import { portOf } from "../http/host.ts";
import type { ControlContext, ControlEnv } from "../http/route.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Identity } from "./principal.ts";

/** Finds who a key or token belongs to; undefined when nobody is known by it. */
export type Identify = (credential: string) => Promise<Identity | undefined>;

/** What {@link authenticate} asks. */
export interface Gatekeeper {
  readonly identify: Identify;
  /** Whose session a cookie is. */
  readonly identifySession: (text: string) => Identity | undefined;
  /** How often an address may try a key that is none. */
  readonly guesses: AddressLimits;
}

/**
 * Requires a known caller, by `Authorization: Bearer` or the console's cookie.
 *
 * @throws {HttpProblem} from the handler: 401 `unauthenticated` for a caller that is not known.
 */
export function authenticate(gate: Gatekeeper): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    refuseGuessers(gate.guesses, c);
    const { known, viaCookie } = await callerOf(c, gate);
    if (known === undefined) {
      gate.guesses.take(c.get("address"));
      throw unauthenticated("The key or token is not known, has expired or was revoked");
    }
    c.set("principal", { ...known, viaCookie });
    await next();
  };
}

async function callerOf(
  c: ControlContext,
  gate: Gatekeeper,
): Promise<{ known: Identity | undefined; viaCookie: boolean }> {
  const header = c.req.header("authorization");
  if (header !== undefined) {
    const match = /^Bearer +([\x21-\x7e]{1,8000}) *$/i.exec(header);
    if (match === null) throw unauthenticated("Authorization must be: Bearer KEY");
    return { known: await gate.identify(match[1]!), viaCookie: false };
  }
  const cookie = getCookie(c, sessionCookie(c));
  if (cookie === undefined) throw unauthenticated("Give an API key: Authorization: Bearer KEY");
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    requireSameOrigin(c, "A change with the console's cookie must come from the console");
  }
  return { known: gate.identifySession(cookie), viaCookie: true };
}

/** The name of the console's cookie. Cookies are shared by all ports of a host, so each server's has its port's name. */
export function sessionCookie(c: ControlContext): string {
  return `tickbell_session_${portOf(c.req.header("host") ?? new URL(c.req.url).host, isSecure(c))}`;
}

/** Whether the browser's connection is encrypted. */
export function isSecure(c: ControlContext): boolean {
  return new URL(c.req.url).protocol === "https:" || c.req.header("x-forwarded-proto") === "https";
}

function unauthenticated(detail: string): HttpProblem {
  return new HttpProblem(401, "not_authenticated", detail, {
    headers: { "WWW-Authenticate": 'Bearer realm="tickbell"' },
  });
}

/**
 * A browser sends the cookie by itself, and takes one from whoever makes it ask: what changes something or signs in must
 * come from our own pages.
 *
 * @throws {HttpProblem} 403 `cross_origin`.
 */
export function requireSameOrigin(c: ControlContext, detail: string): void {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const sameSite = site === undefined || site === "same-origin" || site === "none";
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  const sameOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  if (!sameSite || !sameOrigin) throw new HttpProblem(403, "cross_origin", detail);
}
