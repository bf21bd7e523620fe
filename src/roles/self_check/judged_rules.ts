import type { Alert } from "../../alerts/alert.ts";
import type { Random } from "../../core/backoff.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import type { PartitionTime } from "../../rules/evaluation.ts";
import { lookBackOf } from "../../rules/measures.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";

/** Rules of a round that read candles, at most: the oracle reads all of them anew with each trade. */
const MOST_OF_CANDLES = 20;

/** The rules whose standing is certain for all of some trades. */
export function certainRules(
  rules: Iterable<Rule>,
  slice: {
    /** Epoch ms; a rule that was changed after it is not certain. */
    readonly settledBefore: number;
    /** The stream's time before the first of the records. */
    readonly time: PartitionTime;
    readonly records: readonly LogRecord[];
    /** Ids of rules that changed meanwhile. */
    readonly changed: ReadonlySet<string>;
  },
): Rule[] {
  const { settledBefore, time, records, changed } = slice;
  const newest = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), time.watermark);
  const traded = new Set(records.map((record) => record.key));
  return [...rules].filter((rule) =>
    (rule.market !== null || symbolsOf(rule).some((symbol) => traded.has(symbol))) &&
    rule.enabled && rule.updatedAt <= settledBefore && !changed.has(rule.id) &&
    (rule.expiresAt === null || rule.expiresAt > newest)
  );
}

/** At most `count` of some rules, drawn by chance, and few of those that read candles. */
export function sampleOf(rules: readonly Rule[], count: number, random: Random): Rule[] {
  const [candles, plain] = [true, false].map((wanted) =>
    rules.filter(({ conditions }) => (lookBackOf(conditions) !== undefined) === wanted)
  ) as [Rule[], Rule[]];
  return [...drawn(plain, count, random), ...drawn(candles, Math.min(count, MOST_OF_CANDLES), random)];
}

function drawn(left: Rule[], count: number, random: Random): Rule[] {
  while (left.length > count) {
    const place = Math.floor(random() * left.length);
    left[place] = left.at(-1) as Rule;
    left.pop();
  }
  return left;
}

/**
 * Some rules without those that may have had all the alerts of a day that they may have here: what such a rule does not fire
 * is not missed. The others' limit is left out.
 *
 * @param alerts of the live windows, and of the day for rules with a limit.
 * @param partitions among which a limit is shared.
 */
export function withinLimits(
  rules: readonly Rule[],
  alerts: Iterable<Alert>,
  partitions: number,
): Rule[] {
  const counts = new Map<string, number>();
  for (const { ruleId } of alerts) counts.set(ruleId, (counts.get(ruleId) ?? 0) + 1);
  return rules.flatMap((rule) => {
    if (rule.maxAlertsPerDay === null) return [rule];
    const share = Math.ceil(rule.maxAlertsPerDay / partitions);
    return (counts.get(rule.id) ?? 0) < share ? [{ ...rule, maxAlertsPerDay: null }] : [];
  });
}
