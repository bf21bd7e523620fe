import type { z } from "zod";

/**
 * A record's value as its schema says.
 *
 * @throws {SyntaxError|TypeError|ZodError} when it is not UTF-8, not JSON, or something else.
 */
export function readJson<T>(value: Uint8Array, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value)));
}
