import type { Alert } from "../../alerts/alert.ts";
import { idOfMatch } from "../../alerts/alert.ts";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { Trade } from "../../market/trade.ts";
import { arrivalOf } from "../../ports/arrival.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { Oracle } from "../../rules/evaluate.ts";
import type { PartitionTime, WindowOptions } from "../../rules/evaluation.ts";
import { holds } from "../../rules/snapshot.ts";
import { needOf } from "../../rules/measures.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import { tradeOf } from "../../books/log_tail.ts";

/** A difference between what was fired and what the oracle fires. */
export interface Difference {
  readonly kind: "missed" | "unexpected";
  readonly alertId: string;
  readonly ruleId: string;
}

/** Records between two turns of the event loop: the check shares a process with what must be fast. */
const RECORDS_A_TURN = 500;

/**
 * Whether some trades alone say what a rule fires on them: it examines no more than each trade, needs to know neither what
 * stood before nor whether it has fired at any time.
 */
function isDecidedByTrades(rule: Rule): boolean {
  return rule.on === "level" && rule.repeat !== "once" &&
    rule.conditions.every((condition) => needOf(condition) === "trade");
}

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
    isForAny(rule, traded) && rule.enabled && rule.updatedAt <= settledBefore &&
    !changed.has(rule.id) && isDecidedByTrades(rule) &&
    (rule.expiresAt === null || rule.expiresAt > newest)
  );
}

/** Whether a rule is for one of some symbols. What a market has is not known here, except that `*` has all. */
function isForAny(rule: Rule, symbols: ReadonlySet<string>): boolean {
  return rule.market === "*" || symbolsOf(rule).some((symbol) => symbols.has(symbol));
}

/** At most `count` of some rules, drawn by chance. */
export function sampleOf(rules: readonly Rule[], count: number, random: Random): Rule[] {
  const left = [...rules];
  while (left.length > count) {
    const drawn = Math.floor(random() * left.length);
    left[drawn] = left.at(-1) as Rule;
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
  alerts: ReadonlyMap<string, Alert>,
  partitions: number,
): Rule[] {
  const counts = new Map<string, number>();
  for (const { ruleId } of alerts.values()) counts.set(ruleId, (counts.get(ruleId) ?? 0) + 1);
  return rules.flatMap((rule) => {
    if (rule.maxAlertsPerDay === null) return [rule];
    const share = Math.ceil(rule.maxAlertsPerDay / partitions);
    return (counts.get(rule.id) ?? 0) < share ? [{ ...rule, maxAlertsPerDay: null }] : [];
  });
}

/** What of the judged rules the plain oracle fires on some trades and is not in the alerts, and the other way round. */
export async function differencesOf(slice: {
  readonly time: PartitionTime;
  readonly windows: WindowOptions;
  readonly records: readonly LogRecord[];
  readonly judged: ReadonlyMap<string, Rule>;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly clock: Clock;
}): Promise<Difference[]> {
  const { time, windows, records, judged, alerts, clock } = slice;
  const oracle = new Oracle(windows);
  oracle.load([...judged.values()]);
  oracle.resume(time);
  const differences: Difference[] = [];
  for (let from = 0; from < records.length; from += RECORDS_A_TURN) {
    const { matches } = oracle.evaluate(
      records.slice(from, from + RECORDS_A_TURN).map((record) => ({ ...record, arrival: arrivalOf(record) })),
    );
    for (const match of matches) {
      const { rule } = match;
      const id = idOfMatch(match);
      if (!alerts.has(id)) differences.push({ kind: "missed", alertId: id, ruleId: rule.id });
    }
    await clock.sleep(0);
  }
  const seen = tradesOf(records);
  for (const alert of alerts.values()) {
    const rule = judged.get(alert.ruleId);
    const trades = seen.get(`${alert.symbol}@${alert.eventTime}`);
    if (rule === undefined || trades === undefined || rule.version !== alert.ruleVersion) continue;
    if (!trades.some((trade) => holds(rule, trade))) {
      differences.push({ kind: "unexpected", alertId: alert.id, ruleId: rule.id });
    }
  }
  return differences;
}

/** Trades by symbol and event time; two venues may have one each in the same millisecond. */
function tradesOf(records: readonly LogRecord[]): Map<string, Trade[]> {
  const trades = records.map(tradeOf).filter((trade) => trade !== undefined);
  return Map.groupBy(trades, (trade) => `${trade.symbol}@${trade.eventTime}`);
}
