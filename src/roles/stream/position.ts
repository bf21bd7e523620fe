/** What the stream keeps with its offset commit: where reading back the alerts begins, and how far event time had come. */
export interface StreamPosition {
  /** Offset in the alerts partition of the first alert of a live window. */
  readonly alertsFrom: number;
  /** Highest event time seen on the partition, epoch ms; 0 for none. */
  readonly watermark: number;
}

/** The commit's metadata. */
export function encodePosition(position: StreamPosition): string {
  return JSON.stringify({ v: 1, ...position });
}

/** Reads a commit's metadata; what is not ours (an older or another program's) reads as the very beginning. */
export function decodePosition(metadata: string): StreamPosition {
  const beginning = { alertsFrom: 0, watermark: 0 };
  let read: unknown;
  try {
    read = JSON.parse(metadata);
  } catch {
    return beginning;
  }
  if (typeof read !== "object" || read === null) return beginning;
  const { v, alertsFrom, watermark } = read as Record<string, unknown>;
  const sound = v === 1 && isCount(alertsFrom) && isCount(watermark);
  return sound ? { alertsFrom, watermark } : beginning;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
