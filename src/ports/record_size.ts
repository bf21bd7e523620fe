import { OutsideError } from "../core/errors.ts";
import { MAX_RECORD_BYTES, type NewRecord } from "./event_log.ts";

const encoder = new TextEncoder();

/**
 * Refuses a record that no log takes: key, value and headers together over {@link MAX_RECORD_BYTES}.
 *
 * @throws {OutsideError} `record_too_large`, not to be retried.
 */
export function refuseTooLarge(record: NewRecord): void {
  const { key, value } = record;
  let units = key.length + (value?.length ?? 0);
  for (const name in record.headers) units += name.length + (record.headers[name] as string).length;
  // A UTF-16 unit is at most three bytes of UTF-8: count exactly only near the limit.
  if (units * 3 <= MAX_RECORD_BYTES) return;
  const headers = Object.entries(record.headers ?? {}).flat().join("");
  const bytes = bytesOf(headers) + bytesOf(key) + bytesOf(value);
  if (bytes <= MAX_RECORD_BYTES) return;
  throw new OutsideError(
    "record_too_large",
    `a record of ${bytes} bytes for ${record.topic} (key ${key.slice(0, 80)}) is over ${MAX_RECORD_BYTES}`,
    { retryable: false },
  );
}

function bytesOf(value: string | Uint8Array | null): number {
  return typeof value === "string" ? encoder.encode(value).length : value?.length ?? 0;
}
