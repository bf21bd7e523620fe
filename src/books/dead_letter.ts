import { MAX_RECORD_BYTES, type NewRecord } from "../ports/event_log.ts";

/** What could not be handled, and why. */
export interface DeadLetter {
  /** The record's key as it was; "" when it had none. */
  readonly key: string;
  /** The original bytes, untouched. */
  readonly bytes: Uint8Array;
  /** Stable, machine-readable: `not_json`, `mail_refused`, `held`, … */
  readonly code: string;
  /** A sentence for the person who examines it. */
  readonly reason: string;
  /** The role that gave up: `stream`, `notifier`, … */
  readonly role: string;
  /** `topic/partition/offset` of the record, or the source's name where it was never in the log. */
  readonly origin: string;
  /** Epoch ms. */
  readonly at: number;
  /** Anything else that helps to redrive it; must not use the names above. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A header's longest text: a reason must not make the record larger than the log takes. */
const HEADER_LIMIT = 1000;

/** What is left for the key and the headers. */
const ENVELOPE_BYTES = 16_000;

/** The record of a dead letter for the `deadletter` topic: the bytes as the value, the rest as headers. Bytes too many for a record are cut. */
export function deadLetter(letter: DeadLetter): NewRecord {
  const limit = MAX_RECORD_BYTES - ENVELOPE_BYTES;
  const cutFrom: Record<string, string> = letter.bytes.length > limit
    ? { cutFromBytes: String(letter.bytes.length) }
    : {};
  return {
    topic: "deadletter",
    key: letter.key,
    value: letter.bytes.subarray(0, limit),
    timestamp: letter.at,
    headers: {
      ...letter.headers,
      ...cutFrom,
      code: cut(letter.code),
      reason: cut(letter.reason),
      role: letter.role,
      origin: cut(letter.origin),
      at: new Date(letter.at).toISOString(),
    },
  };
}

function cut(text: string): string {
  return text.length <= HEADER_LIMIT ? text : `${text.slice(0, HEADER_LIMIT)}…`;
}
