import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../core/clock.ts";
import { HttpProblem } from "./problem.ts";
import type { ControlEnv } from "./route.ts";

/** How long a request of before everything is read waits for that, in ms. */
const PATIENCE_MS = 5_000;

/**
 * Has requests wait until what the log has is read, for a while. Whoever answered before would know of no rule, no key and
 * no person, and say so.
 *
 * @param isRead whether it is. @param read resolves then.
 * @throws {HttpProblem} from the handler: 503 `starting` when it took too long.
 */
export function untilRead(
  { isRead, read, clock }: {
    readonly isRead: () => boolean;
    readonly read: Promise<void>;
    readonly clock: Clock;
  },
): MiddlewareHandler<ControlEnv> {
  return async (_c, next) => {
    if (!isRead()) {
      const done = new AbortController();
      await Promise.race([read, clock.sleep(PATIENCE_MS, done.signal)]);
      done.abort();
    }
    if (!isRead()) {
      // Nobody has shown a key yet: where the log is and what is wrong with it stands in /v1/status.
      const detail = "This process is starting: it has not read yet what is there; see /readyz";
      throw new HttpProblem(503, "starting", detail, { headers: { "Retry-After": "1" } });
    }
    await next();
  };
}
