import { recordsOf } from "../../books/records_of.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import type { Symbol } from "../../market/symbol.ts";
import { arrivalOf } from "../../ports/arrival.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { Oracle } from "../../rules/evaluate.ts";
import type { WindowOptions } from "../../rules/evaluation.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import type { StreamPosition } from "../stream/position.ts";
import { readCandles, readReferences } from "../stream/restore.ts";

/** Where an oracle begins: what a stream that was restarted there would read back. */
export interface OracleStart {
  readonly log: EventLog;
  readonly partition: number;
  readonly directory: SymbolDirectory;
  readonly signal: AbortSignal;
  readonly windows: WindowOptions;
  readonly rules: readonly Rule[];
  readonly position: StreamPosition;
  /** The offset of the trades that was committed with it. */
  readonly offset: number;
  /** A reference that was written later, epoch ms, may not have been known to the stream by then. */
  readonly settledBefore: number;
}

/**
 * An oracle as the stream was at a position; it does not know what has fired.
 *
 * @returns it, and the symbols of which a reference came so late that the stream may have known another.
 */
export async function restoredOracle(
  start: OracleStart,
): Promise<{ readonly oracle: Oracle; readonly unsure: ReadonlySet<Symbol> }> {
  const { log, partition, rules, position, offset, settledBefore } = start;
  const oracle = new Oracle(start.windows);
  oracle.load(rules);
  const unsure = new Set<Symbol>();
  await readReferences({
    ...start,
    engine: oracle,
    noted: ({ key, timestamp }) => timestamp > settledBefore && unsure.add(key),
  });
  const { watermark, arrival } = position;
  oracle.resume({ watermark, arrival });
  const isForAll = rules.some(({ market }) => market !== null);
  const symbols = new Set(rules.flatMap((rule) => rule.market === null ? symbolsOf(rule) : []));
  await readCandles({ ...start, engine: oracle, wanted: (symbol) => isForAll || symbols.has(symbol) });
  if (position.formingFrom !== null) {
    const forming = { topic: "trades", partition, from: position.formingFrom, to: offset } as const;
    const records = await Array.fromAsync(recordsOf(log, forming));
    oracle.warmUp(records.map((record) => ({ ...record, arrival: arrivalOf(record) })));
  }
  return { oracle, unsure };
}
