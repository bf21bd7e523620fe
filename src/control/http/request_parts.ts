import type { z } from "@hono/zod-openapi";
import type { Actor } from "../auth/principal.ts";
import { compose } from "../../core/decode_text.ts";
import { asReason } from "./parse_query.ts";
import { badRequest } from "./problem.ts";
import type { ControlContext } from "./route.ts";

/** @throws {HttpProblem} 400 when a path's part is not what it can be. */
export function paramOf(c: ControlContext, name: string, schema: z.ZodType): string {
  const text = compose(c.req.param(name) as string);
  const parsed = schema.safeParse(text);
  if (parsed.success) return text;
  throw badRequest(name, "bad_path", asReason(parsed.error.issues[0]!.message), text.slice(0, 200));
}

/** Who changes something, for the audit. */
export function actorOf(c: ControlContext, who: Actor["who"]): Actor {
  const dryRun = c.get("dryRun") ? { dryRun: true } : {};
  return { who, requestId: c.get("requestId"), address: c.get("address"), ...dryRun };
}

/** @throws {HttpProblem} 400 for a key that is none. */
export function idempotencyKeyOf(c: ControlContext): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw badRequest(
    "Idempotency-Key",
    "bad_idempotency_key",
    "must be 1 to 255 printable ASCII characters",
    key,
  );
}
