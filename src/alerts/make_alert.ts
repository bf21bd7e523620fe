import { formatUnits } from "../market/decimal.ts";
import type { Condition } from "../rules/condition.ts";
import { MEASURES } from "../rules/measures.ts";
import { writtenCondition } from "../rules/read_conditions.ts";
import { windowOf } from "../rules/repeat.ts";
import { type Alert, idOfMatch, type MeasuredCondition } from "./alert.ts";
import { valuesOf } from "../rules/match_values.ts";
import type { Match } from "../rules/evaluation.ts";
import type { SymbolDirectory } from "../market/directory.ts";

/**
 * The alert of a match: all that a mail says, so that nothing is looked up later.
 *
 * @param windowMs the windows' length where the rule does not say one.
 */
export function makeAlert(match: Match, windowMs: number, directory: SymbolDirectory): Alert {
  const { rule, symbol, windowStart } = match;
  const listed = directory.get(symbol);
  const values = valuesOf(match);
  return {
    id: idOfMatch(match),
    ruleId: rule.id,
    ruleVersion: rule.version,
    armed: rule.armed,
    tenant: rule.tenant,
    kind: rule.kind,
    comparator: rule.comparator,
    value: rule.value,
    ruleDirection: rule.direction,
    conditions: rule.conditions.map((condition, at) => measured(condition, values[at])),
    on: rule.on,
    repeat: rule.repeat,
    symbol,
    name: listed?.name ?? symbol,
    ...(listed === undefined ? {} : { nameEn: listed.nameEn }),
    direction: match.change > 0 ? "up" : match.change < 0 ? "down" : "flat",
    price: match.price,
    rate: match.rate,
    change: match.change,
    volume: match.volume,
    eventTime: match.eventTime,
    ...(match.marketSession === undefined ? {} : { marketSession: match.marketSession }),
    ...(match.origin === undefined ? {} : { origin: match.origin }),
    windowStart,
    windowEnd: windowOf(rule, windowStart, windowMs).end,
    ...(match.closing ? { closing: true } : {}),
    recipients: rule.recipients,
    channels: rule.channels,
    locale: rule.locale,
    note: rule.note,
    ...(Object.keys(rule.labels).length === 0 ? {} : { labels: rule.labels }),
  };
}

function measured(condition: Condition, units: number | undefined): MeasuredCondition {
  const written = writtenCondition(condition);
  if (units === undefined) return written;
  return { ...written, measured: formatUnits(units, MEASURES[condition.measure].scale) };
}
