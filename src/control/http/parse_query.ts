import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { compose } from "../../core/decode_text.ts";
import { InputError, type InputIssue } from "../../core/errors.ts";
import { closestWord } from "../../rules/text_checks.ts";

/**
 * The query as its schema says. Where the schema is not strict, parameters that it does not know do no harm, nor does one
 * that comes twice: mail programs and link checkers add their own.
 *
 * @throws {InputError} code `bad_query`: an unknown parameter, one given twice, one that is refused.
 */
export function parseQuery<Q extends z.ZodObject>(c: Context, schema: Q): z.output<Q> {
  const given = c.req.queries();
  const names = Object.keys(schema.shape);
  const issues: InputIssue[] = [];
  const input = Object.create(null) as Record<string, string>;
  const lenient = schema.def.catchall === undefined;
  for (const [name, values] of Object.entries(given)) {
    if (!names.includes(name)) {
      if (!lenient) issues.push(unknown(name, names));
    } else if (values.length > 1 && !lenient) {
      issues.push({
        field: name,
        code: "given_twice",
        reason: "must be given once",
        value: values.slice(0, 5),
      });
    } else input[name] = compose(values[0]!);
  }
  const parsed = schema.safeParse({ ...input });
  if (!parsed.success) issues.push(...issuesOf(parsed.error, input));
  if (issues.length > 0) throw new InputError("bad_query", issues);
  return parsed.data as z.output<Q>;
}

function unknown(name: string, names: readonly string[]): InputIssue {
  const near = closestWord(name, names);
  const hint = near !== undefined
    ? `; did you mean ${near}?`
    : names.length > 0
    ? `; there are ${names.join(", ")}`
    : "";
  return { field: name.slice(0, 64), code: "unknown_parameter", reason: `is not a parameter here${hint}` };
}

/** A zod error as our issues, with the values that were refused. */
export function issuesOf(error: z.ZodError, input: unknown): InputIssue[] {
  return error.issues.flatMap((issue): InputIssue[] => {
    const field = pathText(issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: field === "" ? key.slice(0, 64) : `${field}.${key.slice(0, 64)}`,
        code: "unknown_field",
        reason: "is not a field here",
      }));
    }
    const value = valueAt(input, issue.path);
    if (value === undefined) return [{ field, code: "missing", reason: "is missing" }];
    return [{ field, code: `bad_${issue.code}`, reason: asReason(issue.message), value: short(value) }];
  });
}

/** A sentence of zod's as a reason; what it quotes stays as it is written. */
export function asReason(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("").replace(
    /^\./,
    "",
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function short(value: unknown): unknown {
  return typeof value === "string" && value.length > 200 ? `${value.slice(0, 200)}…` : value;
}
