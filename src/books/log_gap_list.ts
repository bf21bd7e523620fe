import { type LogGap, missedOf } from "../ports/log_gap.ts";
import { logger } from "../telemetry/log.ts";

/** So many are kept; the oldest go, they are in the log file and the counters. */
const KEPT = 1000;

const log = logger("log");

/** The gaps that an event log came upon in this process, each said once as an error. */
export class LogGapList {
  #gaps: LogGap[] = [];

  get gaps(): readonly LogGap[] {
    return this.#gaps;
  }

  note(gap: LogGap): void {
    this.#gaps = [...this.#gaps.slice(1 - KEPT), gap];
    const { topic, partition, from, to, reason, detail, group } = gap;
    log.error("records of {topic}/{partition} were missed: {detail}; reading goes on at {to}", {
      topic,
      partition,
      from,
      to,
      reason,
      detail,
      missed: missedOf(gap),
      ...(group === undefined ? {} : { group }),
    });
  }
}
