import type { z } from "zod";

/**
 * A record's value as its schema says.
 *
 * @throws {SyntaxError|TypeError|ZodError} when it is not UTF-8, not JSON, or something else.
 */
export function readJson<T>(value: Uint8Array, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value)));
}

const decoder = new TextDecoder();

/** The fields of a record's value; none of one that is no JSON object: whoever reads it decides what it must have. */
export function readObject(value: Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(decoder.decode(value)));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
