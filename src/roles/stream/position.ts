import type { PartitionTime } from "../../rules/evaluation.ts";

/** What the stream keeps with its offset commit: where reading back the alerts begins, and the partition's time. */
export interface StreamPosition extends PartitionTime {
  /** Offset in the alerts partition of the first alert of a live window. */
  readonly alertsFrom: number;
}

/** The commit's metadata. */
export function encodePosition({ alertsFrom, watermark, arrival }: StreamPosition): string {
  return JSON.stringify({ v: 2, alertsFrom, watermark, arrival });
}

/**
 * Reads a commit's metadata; what is not ours (another program's) reads as the very beginning. One of version 1 has no
 * arrival, and reads as 0: nothing vouches for its watermark.
 */
export function decodePosition(metadata: string): StreamPosition {
  const beginning = { alertsFrom: 0, watermark: 0, arrival: 0 };
  let read: unknown;
  try {
    read = JSON.parse(metadata);
  } catch {
    return beginning;
  }
  if (typeof read !== "object" || read === null) return beginning;
  const { v, alertsFrom, watermark, arrival = 0 } = read as Record<string, unknown>;
  const sound = (v === 1 || v === 2) && isCount(alertsFrom) && isCount(watermark) && isCount(arrival);
  return sound ? { alertsFrom, watermark, arrival } : beginning;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
