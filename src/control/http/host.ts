import type { MiddlewareHandler } from "hono";
import { HttpProblem } from "./problem.ts";
import type { ControlEnv } from "./route.ts";

/** Names that always mean this machine. */
const LOOPBACK = /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Refuses requests for a host that is not ours: a page of another name that was made to resolve to this address (DNS
 * rebinding) is, to a browser, of the same origin as our answers.
 *
 * @param allowed names beside those of the loopback, without port; undefined: any.
 * @throws {HttpProblem} 421, from the handler.
 */
export function requireHost(allowed: readonly string[] | undefined): MiddlewareHandler<ControlEnv> {
  const names = new Set(allowed?.map((name) => name.toLowerCase()));
  return async (c, next) => {
    const host = hostnameOf(c.req.header("host") ?? new URL(c.req.url).host);
    if (allowed === undefined || LOOPBACK.test(host) || names.has(host)) return await next();
    throw new HttpProblem(
      421,
      "host_not_allowed",
      `This is not the server of ${JSON.stringify(host.slice(0, 100))}; if it is, name it: --allowed-hosts`,
    );
  };
}

/** `Host` without the port, in lower case. */
function hostnameOf(host: string): string {
  return host.trim().toLowerCase().replace(/:\d{1,5}$/, "").replace(/\.$/, "");
}

/** The port of `Host`; that of the scheme where there is none. */
export function portOf(host: string, secure: boolean): string {
  return /:(\d{1,5})$/.exec(host.trim())?.[1] ?? (secure ? "443" : "80");
}
