import type { Alert } from "../../alerts/alert.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import type { Rule } from "../../rules/rule.ts";

/**
 * Whether a rule has no more alerts on a trade's day where the trade's symbol stands: the last one there said so.
 *
 * @param of.partitions of the trades topic: each has its share of a rule's alerts a day.
 */
export function isDaySpent(
  alerts: Iterable<Alert>,
  of: { readonly rule: Rule; readonly trade: Trade; readonly partitions: number },
): boolean {
  const { rule, trade, partitions } = of;
  const day = seoulDay(trade.eventTime);
  const place = partitionOfKey(trade.symbol, partitions);
  for (const alert of alerts) {
    if (alert.closing !== true || alert.ruleId !== rule.id || seoulDay(alert.eventTime) !== day) continue;
    if (partitionOfKey(alert.symbol, partitions) === place) return true;
  }
  return false;
}
