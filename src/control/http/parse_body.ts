import type { z } from "@hono/zod-openapi";
import { InputError } from "../../core/errors.ts";
import type { ControlContext } from "./route.ts";
import { issuesOf } from "./parse_query.ts";
import { readJson } from "./read_body.ts";

/**
 * The JSON body as its schema says.
 *
 * @throws {InputError} code `bad_body`, with every issue.
 */
export async function parseBody<S extends z.ZodType>(c: ControlContext, schema: S): Promise<z.output<S>> {
  const input = await readJson(c);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InputError("bad_body", issuesOf(parsed.error, input));
}
