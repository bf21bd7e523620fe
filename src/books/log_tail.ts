import { InputError } from "../core/errors.ts";
import { decodeTrade } from "../market/decode_trade.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";
import type { EventLog, LogRecord, Topic } from "../ports/event_log.ts";
import { recordsOf } from "./records_of.ts";

/** How many records are read back of each partition: seconds of a busy market, minutes of a quiet one. */
const TAIL_RECORDS = 5_000;

/** The newest records of every partition of a topic, oldest first within each. */
export async function* readTail(
  log: EventLog,
  topic: Topic,
  limit = TAIL_RECORDS,
): AsyncGenerator<LogRecord> {
  const partitions = await log.partitions(topic);
  for (let partition = 0; partition < partitions; partition++) {
    const { end } = await log.bounds(topic, partition);
    yield* recordsOf(log, { topic, partition, from: end - limit, to: end });
  }
}

/** The trade of a record, undefined for one that cannot be read: it was not written by this producer. */
export function tradeOf(record: LogRecord): Trade | undefined {
  if (record.value === null) return undefined;
  try {
    return decodeTrade(record.value);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The newest trade of each symbol in the log's tail: where the simulated market goes on after a restart. */
export async function lastTrades(log: EventLog): Promise<ReadonlyMap<Symbol, Trade>> {
  const last = new Map<Symbol, Trade>();
  for await (const record of readTail(log, "trades")) {
    const trade = tradeOf(record);
    if (trade !== undefined) last.set(trade.symbol, trade);
  }
  return last;
}
