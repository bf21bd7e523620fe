import { type Alert, alertId } from "./alert.ts";
import type { Match } from "../rules/evaluation.ts";
import type { SymbolDirectory } from "../market/directory.ts";

/** The alert of a match: all that a mail tells, so that nothing is looked up later. */
export function makeAlert(match: Match, windowMs: number, directory: SymbolDirectory): Alert {
  const { rule } = match;
  const listed = directory.get(match.symbol);
  return {
    id: alertId(rule.id, match.windowStart),
    ruleId: rule.id,
    ruleVersion: rule.version,
    tenant: rule.tenant,
    kind: rule.kind,
    comparator: rule.comparator,
    value: rule.value,
    ruleDirection: rule.direction,
    symbol: match.symbol,
    name: listed?.name ?? match.symbol,
    ...(listed === undefined ? {} : { nameEn: listed.nameEn }),
    direction: match.change > 0 ? "up" : match.change < 0 ? "down" : "flat",
    price: match.price,
    rate: match.rate,
    change: match.change,
    volume: match.volume,
    eventTime: match.eventTime,
    windowStart: match.windowStart,
    windowEnd: match.windowStart + windowMs,
    recipients: rule.recipients,
    channels: rule.channels,
    locale: rule.locale,
    note: rule.note,
  };
}
