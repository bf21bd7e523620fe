import type { Topic } from "./topics.ts";

/** Why records were passed over. */
export type LogGapReason =
  /** They were deleted (retention, an operator) before they were read. */
  | "deleted"
  /** The topic was made anew, or its end was cut off, since the offset was committed. */
  | "rewound"
  /** They are there and cannot be read; what is there is in the dead letters. */
  | "unreadable";

/** Offsets of a partition that this process passed over without having had their records. */
export interface LogGap {
  readonly topic: Topic;
  readonly partition: number;
  /** The first offset that was wanted and not had. */
  readonly from: number;
  /** Where reading went on; before `from` for a partition that was rewound. */
  readonly to: number;
  readonly reason: LogGapReason;
  /** A sentence for people. */
  readonly detail: string;
  /** The group that was reading; absent for a reading without one. */
  readonly group?: string;
  /** When it was found, epoch ms. */
  readonly at: number;
}

/** How many offsets a gap has; 0 where that cannot be known. */
export function missedOf(gap: LogGap): number {
  return Math.max(0, gap.to - gap.from);
}
