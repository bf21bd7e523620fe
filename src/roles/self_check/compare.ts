import type { Alert } from "../../alerts/alert.ts";
import { idOfMatch } from "../../alerts/alert.ts";
import { tradeOf } from "../../books/log_tail.ts";
import type { Clock } from "../../core/clock.ts";
import { decodeMarketEvent, isMarketEvent } from "../../market/market_event.ts";
import type { Symbol } from "../../market/symbol.ts";
import { arrivalOf } from "../../ports/arrival.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import type { Oracle } from "../../rules/evaluate.ts";
import { lookBackOf } from "../../rules/measures.ts";
import type { Rule } from "../../rules/rule.ts";

/** A difference between what was fired and what the oracle fires. */
export interface Difference {
  readonly kind: "missed" | "unexpected";
  readonly alertId: string;
  readonly ruleId: string;
}

/** Records between two turns of the event loop: the check shares a process with what must be fast. */
const RECORDS_A_TURN = 500;

/** What the stream wrote, as far as a comparison needs it. */
export interface Written {
  /** The ids of the alerts of live windows, and of rules that fire once and have. */
  readonly fired: ReadonlySet<string>;
  /** Alerts that were written after the position from which the records are evaluated was committed. */
  readonly since: readonly Alert[];
}

/** What the plain oracle fires on some trades and was not written, and the other way round. */
export async function differencesOf(slice: {
  /** As the stream was before the first of the records, with the judged rules; it knows nothing that has fired. */
  readonly oracle: Oracle;
  readonly judged: ReadonlyMap<string, Rule>;
  readonly records: readonly LogRecord[];
  /** Those after them, as many as may be of the same moment. */
  readonly following: readonly LogRecord[];
  /** Symbols of which the stream may have known something else meanwhile. */
  readonly unsure: ReadonlySet<Symbol>;
  readonly written: Written;
  readonly clock: Clock;
}): Promise<Difference[]> {
  const { oracle, judged, records, unsure, written: { fired, since }, clock } = slice;
  const heavy = [...judged.values()].filter(({ conditions }) => lookBackOf(conditions) !== undefined).length;
  const turn = Math.ceil(RECORDS_A_TURN / (1 + heavy));
  const differences: Difference[] = [];
  /** When each alert is due. */
  const due = new Map<string, number>();
  for (let from = 0; from < records.length; from += turn) {
    const { matches } = oracle.evaluate(
      records.slice(from, from + turn).map((record) => ({ ...record, arrival: arrivalOf(record) })),
    );
    for (const match of matches) {
      if (unsure.has(match.symbol)) continue;
      const id = idOfMatch(match);
      due.set(id, match.eventTime);
      if (!fired.has(id)) differences.push({ kind: "missed", alertId: id, ruleId: match.rule.id });
    }
    await clock.sleep(0);
  }
  const suspect = since.filter(({ id, ruleId, ruleVersion, symbol, eventTime }) =>
    judged.get(ruleId)?.version === ruleVersion && !unsure.has(symbol) && due.get(id) !== eventTime
  );
  const symbols = new Set(suspect.map(({ symbol }) => symbol));
  const [seen, seenLater] = [records, slice.following].map((some) => momentsOf(some, symbols)) as [
    Set<string>,
    Set<string>,
  ];
  for (const alert of suspect) {
    const moment = momentOf(alert);
    if (!seen.has(moment) || seenLater.has(moment)) continue;
    differences.push({ kind: "unexpected", alertId: alert.id, ruleId: alert.ruleId });
  }
  return differences;
}

/** The moments of the trades and statuses of some symbols. */
function momentsOf(records: readonly LogRecord[], symbols: ReadonlySet<string>): Set<string> {
  const moments = new Set<string>();
  for (const record of records) {
    if (!symbols.has(record.key)) continue;
    const isEvent = record.value !== null && isMarketEvent(record.value);
    const event = isEvent ? decodeMarketEvent(record.value as Uint8Array) : tradeOf(record);
    if (event !== undefined && "symbol" in event) moments.add(momentOf(event));
  }
  return moments;
}

function momentOf({ symbol, eventTime }: { readonly symbol: Symbol; readonly eventTime: number }): string {
  return `${symbol}@${eventTime}`;
}
