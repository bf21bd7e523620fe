import type { RawBatch } from "../../ports/event_log.ts";
import type { Evaluation } from "../../rules/evaluation.ts";

/** What became of an offset of the trades topic. */
export const OUTCOMES = [
  "evaluated",
  "late",
  "halted",
  "expected_price",
  /** Of another kind than a trade. */
  "passed",
  /** No trade; in the dead letters. */
  "refused",
  /** Of another client's transaction that it aborted. */
  "aborted",
  /** The mark at the end of a transaction. */
  "control",
  /** In a batch that cannot be read; in the dead letters. */
  "unreadable",
  /** Gone before it was read. */
  "deleted",
  /** Nobody knows: a fault of Tickbell's. 0 is the only good value. */
  "unaccounted",
] as const;
export type OffsetOutcome = typeof OUTCOMES[number];

/** A batch's offsets by what became of them. */
export type OffsetAccount = Readonly<Record<OffsetOutcome, number>>;

/** What the audit needs of a batch. */
export type AuditedBatch = Pick<RawBatch, "fromOffset" | "nextOffset" | "leftOut">;

/** Pieces of a batch that stand for records nobody could count. */
const WHOLE_PIECES: ReadonlySet<string> = new Set(["bad_batch", "bad_framing"]);

/**
 * The audit of one partition: every offset between where the group went on and where it is now is accounted for, without
 * a hole.
 */
export class PartitionAudit {
  #next: number | undefined;

  /** @param next Where the group had committed; null when it never had: what was before is no concern of it. */
  constructor(next: number | null) {
    this.#next = next ?? undefined;
  }

  /** Accounts for a batch, and for what lies between it and the one before. */
  account(batch: AuditedBatch, evaluation: Evaluation): OffsetAccount {
    const { fromOffset, nextOffset, leftOut } = batch;
    const { trades, passed, late, halted, expected, rejected } = evaluation;
    // A topic that was made anew begins before where we were.
    const deleted = Math.max(0, fromOffset - (this.#next ?? fromOffset));
    this.#next = nextOffset;
    const { aborted = 0, control = 0, unreadable = 0 } = leftOut ?? {};
    const known = trades + passed + rejected.length + aborted + control + unreadable;
    const rest = nextOffset - fromOffset - known;
    const wholePiece = rejected.some(({ code }) => WHOLE_PIECES.has(code));
    return {
      evaluated: trades - late - halted - expected,
      late,
      halted,
      expected_price: expected,
      passed,
      refused: rejected.length + (wholePiece ? rest : 0),
      aborted,
      control,
      unreadable,
      deleted,
      unaccounted: wholePiece ? 0 : Math.abs(rest),
    };
  }
}
