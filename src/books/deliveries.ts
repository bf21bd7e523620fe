import type { EventLog } from "../ports/event_log.ts";
import { recordsOf } from "./records_of.ts";

/** What stands under some keys of a partition of the ledger. @throws {OutsideError} when the log cannot be read. */
export async function newestValues(
  log: EventLog,
  partition: number,
  wanted: (key: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  const found = new Map<string, Uint8Array | null>();
  for await (const { key, value } of recordsOf(log, { topic: "deliveries", partition })) {
    if (wanted(key)) found.set(key, value);
  }
  return found;
}
