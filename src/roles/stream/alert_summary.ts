import { idOfMatch } from "../../alerts/alert.ts";
import type { Match } from "../../rules/evaluation.ts";
import { logger } from "../../telemetry/log.ts";

/** How often a line is written while alerts come, ms. */
const LINE_MS = 1_000;

const log = logger("stream");

/** What fired, in one line a second: a line an alert costs more than the alert. At debug there is one for each. */
export class AlertSummary {
  #since = -Infinity;
  #byKind = new Map<string, number>();
  #slowestMs = -1;
  #slowestId = "";

  /** @param waitedMs From the trade's event time to the alert's acknowledgement. */
  note(match: Pick<Match, "rule" | "symbol" | "windowStart">, waitedMs: number): void {
    const { kind } = match.rule;
    this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
    if (waitedMs > this.#slowestMs) {
      this.#slowestMs = waitedMs;
      this.#slowestId = idOfMatch(match);
    }
  }

  /** Writes what was noted: at most one line a second, or, with `everyMs` 0, at once. */
  flush(now: number, everyMs = LINE_MS): void {
    if (this.#byKind.size === 0 || now - this.#since < everyMs) return;
    const kinds = Object.fromEntries(this.#byKind);
    const alerts = [...this.#byKind.values()].reduce((sum, count) => sum + count, 0);
    log.info("{alerts} alerts, the slowest {slowestId} after {slowestMs} ms", {
      alerts,
      kinds,
      slowestId: this.#slowestId,
      slowestMs: this.#slowestMs,
    });
    this.#since = now;
    this.#byKind.clear();
    this.#slowestMs = -1;
  }
}
