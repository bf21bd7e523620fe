import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { DEFAULT_TENANT } from "../../rules/tenancy.ts";
import { logger } from "../../telemetry/log.ts";
import { AddressLimits } from "../http/address_limits.ts";
import { actorOf } from "../http/request_parts.ts";
import type { ControlEnv } from "../http/route.ts";
import type { Topics } from "../store/topics.ts";

const log = logger("audit");

/** Who was refused, where nobody is known. */
const NOBODY = { tenant: DEFAULT_TENANT, subject: "unknown" };
const LONGEST_PATH = 200;

/**
 * Enters attempts that were refused (401, 403) in the audit: those of a key with its tenant, others with the operator's.
 * Nobody waits for it, and one a second of an address is entered, so that a storm of them fills no log; the metrics count
 * them all.
 */
export function noteRefusals(
  { topics, clock }: { topics: Topics; clock: Clock },
): MiddlewareHandler<ControlEnv> {
  const limits = new AddressLimits({ clock, perSecond: 1 });
  return async (c, next) => {
    await next();
    const { status } = c.res;
    if ((status !== 401 && status !== 403) || !limits.take(c.get("address") ?? "unknown")) return;
    const target = `${c.req.method} ${c.req.path.slice(0, LONGEST_PATH)}`;
    const actor = actorOf(c, c.get("principal") ?? NOBODY);
    const draft = { action: "access.refused", target, before: null, after: { status }, actor };
    topics.append([], [draft]).catch((thrown) => {
      log.warn("a refused attempt could not be entered: {error}", { error: messageOf(thrown), target });
    });
  };
}
