import { z } from "zod";
import type { LogRecord, NewRecord } from "../ports/event_log.ts";
import { ownId, ownKey } from "./own_keys.ts";
import { readJson } from "./read_json.ts";

/** How often a stream says again how far it has read the rules, ms, though nothing has changed. */
export const RULES_READ_EVERY_MS = 10_000;
/** After so long without a word of it nobody is taken to evaluate a partition, ms. */
export const RULES_SILENT_MS = 3 * RULES_READ_EVERY_MS;

const schema = z.object({ offset: z.number().int().nonnegative() });

/** The record that says it; `offset` undefined: nobody evaluates the partition any more. */
export function rulesReadRecord({ partition, offset, at }: {
  readonly partition: number;
  readonly offset: number | undefined;
  /** Epoch ms. */
  readonly at: number;
}): NewRecord {
  const value = offset === undefined ? null : JSON.stringify({ offset });
  return { topic: "status", key: ownKey("rulesRead", String(partition)), value, timestamp: at };
}

/**
 * @returns what a record of the status topic says; `offset` undefined: nobody evaluates the partition; undefined: the record
 * is about something else.
 * @throws Error for a record that cannot be read.
 */
export function rulesReadOf(
  record: LogRecord,
): { readonly partition: number; readonly offset: number | undefined } | undefined {
  const id = ownId("rulesRead", record.key);
  if (id === undefined) return undefined;
  const partition = z.coerce.number().int().nonnegative().parse(id);
  return { partition, offset: record.value === null ? undefined : readJson(record.value, schema).offset };
}
