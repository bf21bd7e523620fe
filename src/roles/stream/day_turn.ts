import { referenceRecord } from "../../books/reference_book.ts";
import { recordsOf } from "../../books/records_of.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { carriedOver, DayCandles } from "../../market/day_end.ts";
import { referenceOfListed, type SymbolDirectory } from "../../market/directory.ts";
import type { SymbolReference } from "../../market/reference.ts";
import { dateOf, seoulDay } from "../../market/seoul_time.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import type { CandlePlaces } from "./candle_places.ts";
import { readCandle, readReference } from "./restore.ts";

/** Where the turn of a day is read from. */
export interface DayTurn {
  readonly log: EventLog;
  readonly partition: number;
  readonly signal: AbortSignal;
  readonly directory: SymbolDirectory;
  readonly candles: CandlePlaces;
  /** The partition's time, epoch ms: in the day that begins. */
  readonly watermark: number;
  /** Epoch ms. */
  readonly now: number;
}

/** References that are made at once: each has a year of candles. */
const AT_ONCE = 50;

/** What is known of a symbol on the day that begins, and the record that says it where the log has none. */
export interface TurnedReference {
  readonly reference: SymbolReference;
  readonly record: NewRecord | undefined;
}

/**
 * What is known of a partition's symbols on a day that begins: what the log says of that day, and else what was known on
 * the last one, and that one's candle out of our own minutes. Nothing is written of what is there already, so a turn that
 * is taken twice changes nothing.
 */
export async function* turnedReferences(turn: DayTurn): AsyncGenerator<readonly TurnedReference[]> {
  const { watermark, now } = turn;
  const ended = await endedDay(turn);
  const date = dateOf(watermark);
  let next: TurnedReference[] = [];
  for await (const known of references(turn)) {
    const carried = ended && carriedOver(known, { ...ended, candle: ended.candles.of(known.symbol) }, date);
    if (carried !== undefined) next.push({ reference: carried, record: referenceRecord(carried, now) });
    else if (known.date === date) next.push({ reference: known, record: undefined });
    if (next.length < AT_ONCE) continue;
    yield next;
    next = [];
  }
  if (next.length > 0) yield next;
}

/** The last day before the one that begins, with its candles; undefined: nothing traded on any that is known. */
async function endedDay(
  turn: DayTurn,
): Promise<{ readonly day: number; readonly candles: DayCandles } | undefined> {
  const { watermark } = turn;
  const today = seoulDay(watermark);
  const ended = turn.candles.days(watermark).findLast(([day]) => day < today);
  if (ended === undefined) return undefined;
  const [day, from] = ended;
  const candles = new DayCandles(day);
  for await (const record of recordsOf(turn.log, { ...turn, topic: "candles", from, to: turn.candles.to })) {
    const candle = readCandle(record);
    if (candle !== undefined && !("kind" in candle) && seoulDay(candle.start) === day) candles.take(candle);
  }
  return { day, candles };
}

/** The newest reference of each symbol of the partition; of those that are only listed, what the list says. */
async function* references({ log, partition, signal, directory }: DayTurn): AsyncGenerator<SymbolReference> {
  // As bytes: a whole market's are a hundred megabytes once they are read.
  const newest = new Map<string, LogRecord>();
  for await (const record of recordsOf(log, { topic: "reference", partition, signal })) {
    newest.set(record.key, record);
  }
  for (const record of newest.values()) {
    const reference = readReference(record);
    if (reference !== undefined) yield reference;
  }
  const partitions = await log.partitions("reference");
  for (const listed of directory.all()) {
    if (newest.has(listed.symbol) || partitionOfKey(listed.symbol, partitions) !== partition) continue;
    yield referenceOfListed(listed);
  }
}
