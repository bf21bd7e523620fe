import { InputError } from "../core/errors.ts";

/** The first instant that is refused: the year 2100, UTC. */
const MAX_INSTANT = 4_102_444_800_000;

const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * An instant from ISO 8601 with an offset ("2026-11-30T15:30:00+09:00") or from epoch milliseconds; below 1 ms is cut.
 *
 * @returns epoch ms, from 1970 to 2100.
 * @throws {InputError} code `bad_time`.
 */
export function parseInstant(given: unknown, field: string): number {
  const at = typeof given === "number" ? given : typeof given === "string" ? fromIso(given) : NaN;
  if (Number.isSafeInteger(at) && at >= 0 && at < MAX_INSTANT) return at;
  const reason =
    'must be ISO 8601 with an offset, such as "2026-11-30T15:30:00+09:00", or epoch milliseconds, ' +
    "from 1970 to 2099";
  throw new InputError("bad_time", [{ field, code: "bad_time", reason, value: given }]);
}

function fromIso(text: string): number {
  const match = ISO.exec(text);
  if (!match) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return NaN;
  const ms = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const local = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  // Date.UTC rolls 30 February over into March; such a day is refused.
  if (new Date(local).getUTCDate() !== day) return NaN;
  return local - offsetMs(match[8]!);
}

function offsetMs(offset: string): number {
  if (offset === "Z") return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4, 6))];
  if (hours > 23 || minutes > 59) return NaN;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Epoch ms as ISO 8601 in UTC. */
export function formatInstant(at: number): string {
  return new Date(at).toISOString();
}
