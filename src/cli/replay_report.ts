import { counted } from "../core/counted.ts";
import type { Embedded } from "./embedded.ts";

/** What a finished replay reports: how many trades, alerts and mails, what was refused and why. */
export function replayReport(embedded: Embedded, resumed: boolean): string[] {
  const { stats } = embedded.producer;
  const { tally } = embedded;
  const lines = [
    "",
    `Done: ${counted(stats.trades, "trade")} and ${counted(stats.quotes, "quote")} published, ` +
    `${counted(tally.alerts, "alert")}, ${counted(tally.mails, "mail")}${
      tally.others === 0 ? "" : `, ${counted(tally.others, "other message")}`
    }.`,
  ];
  if (resumed) lines.push("  went on where this replay was left; --replay-again begins it anew");
  for (const [code, { count: times, reason }] of stats.refusals) {
    lines.push(`  refused ${times} × ${code}: ${reason}`);
  }
  if (stats.duplicates > 0) {
    lines.push(`  not published again: ${counted(stats.duplicates, "duplicate trade")}`);
  }
  for (const gap of stats.gaps) {
    lines.push(`  gap${gap.symbol === undefined ? "" : ` in ${gap.symbol}`}: ${gap.reason}`);
  }
  for (const [why, times] of tally.undelivered) lines.push(`  not sent: ${times} × ${why}`);
  for (const [reason, times] of embedded.skipped()) {
    lines.push(`  not evaluated: ${counted(times, "trade")}, ${SKIPPED[reason]}`);
  }
  for (const [code, times] of embedded.rejected()) lines.push(`  rejected by the engine: ${times} × ${code}`);
  return lines;
}

const SKIPPED = {
  late: "late: older than the grace (--grace-ms) before the newest trade",
  halted: "halted symbol",
  expected_price: "an auction's expected price",
} as const;
