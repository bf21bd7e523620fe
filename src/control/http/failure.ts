import { InputError, OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";
import type { KnownProblem } from "./problem_codes.ts";
import { HttpProblem, refusal } from "./problem.ts";
import type { ControlContext } from "./route.ts";

const log = logger("control");

/** What was thrown, as a problem; what is not known goes to the log only. */
export function problemOf(thrown: unknown, c: ControlContext): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof InputError) return refusal(thrown);
  const requestId = c.get("requestId");
  if (thrown instanceof OutsideError) {
    log.error("{method} {path} failed: {code}: {error}", {
      method: c.req.method,
      path: c.req.path,
      code: thrown.code,
      error: thrown.message,
      requestId,
    });
    const after = Math.ceil((thrown.retryAfterMs ?? 1_000) / 1_000);
    return new HttpProblem(
      503,
      thrown.code as KnownProblem,
      "A system behind the API does not answer; nothing is known to be stored. Try again",
      {
        headers: { "Retry-After": String(after) },
      },
    );
  }
  log.error("{method} {path} failed: {error}", {
    method: c.req.method,
    path: c.req.path,
    error: thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown),
    requestId,
  });
  return new HttpProblem(500, "internal", `Something went wrong here; the log has it under ${requestId}`);
}
