import { InputError } from "../../core/errors.ts";
import { recordsOf } from "../../books/records_of.ts";
import type { Engine } from "../../engine/engine.ts";
import { frameRecords } from "../../engine/frame_records.ts";
import { decodeMarketEvent, isMarketEvent, type StatusEvent } from "../../market/market_event.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import { decodeCandle } from "../../market/minute_candle_codec.ts";
import { decodeReference } from "../../market/reference_codec.ts";
import type { SymbolReference } from "../../market/reference.ts";
import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import { arrivalsOf } from "../../ports/arrival.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { referenceOfListed, type SymbolDirectory } from "../../market/directory.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import type { Topic } from "../../ports/topics.ts";
import type { FiredMark } from "../../rules/evaluation.ts";
import type { RuleHistory } from "../../rules/rule_history.ts";
import { logger } from "../../telemetry/log.ts";
import { CandlePlaces } from "./candle_places.ts";
import { LiveWindows } from "./live_windows.ts";
import type { StreamPosition } from "./position.ts";
import { spentKey, type SpentMark, spentOf } from "../../books/spent_rules.ts";
import { firedOf } from "./stream_records.ts";
import { vouchedTime } from "./vouched_time.ts";

const log = logger("stream");

/** What a partition's engine is restored with. */
export interface RestoreFrom {
  readonly log: EventLog;
  readonly partition: number;
  readonly engine: Engine;
  readonly rules: RuleHistory;
  /** Symbols whose market is known before anything is on the topic of references. */
  readonly directory: SymbolDirectory;
  readonly signal: AbortSignal;
  readonly position: StreamPosition;
  /** The offset in the trades partition up to which everything is done. */
  readonly done: number;
}

/** Where a partition's records are read from. */
type PartitionLog = Pick<RestoreFrom, "log" | "partition" | "signal">;

/** What is given what is known of symbols: the engine, or the oracle. */
export interface ReferenceTaker {
  setReference(reference: SymbolReference): void;
}

/** What takes the candles of before a restart: the engine, or the oracle. */
export interface CandleTaker {
  readonly lookBack: number;
  takeCandle(candle: MinuteCandle): void;
  restoreSymbols(candles: MinuteCandle[], statuses: readonly StatusEvent[]): void;
}

/** What a partition goes on with. */
export interface Restored {
  readonly windows: LiveWindows;
  readonly candles: CandlePlaces;
  /** The offset of the references that were not read yet. */
  readonly referencesFrom: number;
  /** Rules that have fired once and for all, as their alerts say, and of which the spent topic does not say it. */
  readonly unsaid: readonly SpentMark[];
}

/**
 * Brings an engine, whose rules are loaded, to where another one was when it committed: the partition's time, what has
 * fired in the live windows, which rules are spent, what was known of the symbols, and the minute that forms.
 */
export async function restorePartition(from: RestoreFrom): Promise<Restored> {
  const { engine, position, done } = from;
  const referencesFrom = await readReferences(from);
  engine.resume(await vouchedTime(position, { ...from, offset: done, maxAheadMs: engine.maxAheadMs }));
  const { windows, once } = await readAlerts(from);
  const unsaid = await readSpent(from, once);
  const candles = await readCandles(from);
  engine.formingFrom = position.formingFrom ?? done;
  await warmUp(from);
  return { windows, candles, referencesFrom, unsaid };
}

/** The alert's time up to which a restart must know of it, given its rule. */
export function neededUntil(
  alert: { readonly windowEnd: number | null; readonly eventTime: number },
  isCounted: boolean,
): number | null {
  const { windowEnd, eventTime } = alert;
  if (!isCounted) return windowEnd;
  return Math.max(windowEnd ?? 0, startOfSeoulDay(seoulDay(eventTime) + 1));
}

/** Reads the alerts of the live windows back. @returns also the rules that fire once and have, by their keys on the spent topic. */
async function readAlerts(from: RestoreFrom) {
  const { engine, rules, position } = from;
  const { start } = await from.log.bounds("alerts", from.partition);
  const windows = new LiveWindows(Math.max(start, position.alertsFrom));
  const once = new Map<string, SpentMark>();
  for await (const record of recordsOf(from.log, { ...at(from, "alerts"), from: position.alertsFrom })) {
    const fired = record.value === null ? undefined : firedOf(record.value);
    if (fired === undefined) {
      // Only we write this topic; the notifier dead-letters such a record with its bytes.
      if (record.value !== null) complain(record, "is no alert");
      continue;
    }
    const { mark, windowEnd } = fired;
    engine.restore(mark);
    const eventTime = mark.at ?? mark.windowStart;
    const rule = rules.get(mark.ruleId);
    const { armed, windowStart } = mark;
    // What a zombie wrote of an earlier arming says nothing of this one.
    const isOf = rule === undefined || rule.armed === armed && rule.armedAt === windowStart;
    if (windowEnd === null && isOf) once.set(spentKey(mark), { mark, symbol: record.key, eventTime });
    // One that is gone may come back the same day, with its limit.
    const isCounted = rule?.maxAlertsPerDay !== null;
    windows.note(neededUntil({ windowEnd, eventTime }, isCounted), record.offset);
  }
  return { windows, once };
}

/**
 * Reads back which rules are spent.
 *
 * @param once what the alerts say of it.
 * @returns what the topic does not say.
 */
async function readSpent(from: RestoreFrom, once: ReadonlyMap<string, SpentMark>): Promise<SpentMark[]> {
  const said = new Map<string, FiredMark>();
  for await (const record of recordsOf(from.log, { ...at(from, "spent"), from: 0 })) {
    const mark = record.value === null ? undefined : spentOf(record.value);
    if (mark !== undefined) from.engine.restore(mark);
    else if (record.value !== null) complain(record, "does not say which rule is spent");
    if (mark !== undefined && once.has(record.key)) said.set(record.key, mark);
  }
  return [...once].filter(([key, { mark }]) => !isSame(mark, said.get(key))).map(([, spent]) => spent);
}

function isSame(mark: FiredMark, said: FiredMark | undefined): boolean {
  return said?.armed === mark.armed && said.windowStart === mark.windowStart;
}

/**
 * What is listed first, so that a rule for a market is one for its symbols also where no reference was ever written (the
 * simulator, a replayed file); then what the topic has, which says more.
 */
export async function readReferences(
  from: PartitionLog & {
    readonly directory: SymbolDirectory;
    readonly engine: ReferenceTaker;
    readonly noted?: (record: LogRecord) => void;
  },
): Promise<number> {
  const partitions = await from.log.partitions("reference");
  for (const listed of from.directory.all()) {
    if (partitionOfKey(listed.symbol, partitions) !== from.partition) continue;
    from.engine.setReference(from.directory.reference(listed.symbol) ?? referenceOfListed(listed));
  }
  const { end } = await from.log.bounds("reference", from.partition);
  for await (const record of recordsOf(from.log, { ...at(from, "reference"), from: 0, to: end })) {
    from.noted?.(record);
    takeReference(from.engine, record);
  }
  return end;
}

/** Gives the engine what a record says of a symbol. */
function takeReference(engine: ReferenceTaker, record: LogRecord): void {
  const reference = readReference(record);
  if (reference !== undefined) engine.setReference(reference);
}

/** What a record says of a symbol; undefined: nothing; an error: nothing that can be read. */
export function referenceIn(record: LogRecord): SymbolReference | InputError | undefined {
  if (record.value === null) return undefined;
  try {
    return decodeReference(record.value);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return thrown;
  }
}

/** The same for whoever reads a topic back from its beginning: what cannot be read is passed over, and said each time. */
export function readReference(record: LogRecord): SymbolReference | undefined {
  const read = referenceIn(record);
  if (!(read instanceof InputError)) return read;
  complain(record, `is no reference: ${read.message}`);
  return undefined;
}

/**
 * Reads the closed candles and the statuses back that stood when a position was committed.
 *
 * @param from.wanted the symbols whose records count; all by default.
 */
export async function readCandles(
  from: PartitionLog & {
    readonly position: StreamPosition;
    readonly engine: CandleTaker;
    readonly wanted?: (symbol: string) => boolean;
  },
): Promise<CandlePlaces> {
  const { position, engine, wanted } = from;
  const { to } = position.candles;
  const places = new CandlePlaces(to, position.days);
  // Rules may have come since that look further back.
  const first = Math.min(position.candles.from, places.range(position.watermark, engine.lookBack).from);
  const today = startOfSeoulDay(seoulDay(position.watermark));
  const candles: MinuteCandle[] = [];
  const statuses = new Map<string, StatusEvent>();
  for await (const record of recordsOf(from.log, { ...at(from, "candles"), from: first, to })) {
    const read = wanted?.(record.key) === false ? undefined : readCandle(record);
    if (read === undefined) continue;
    if ("kind" in read) {
      statuses.set(read.symbol, read);
      places.noteStatus(read, record.offset);
    } else {
      places.noteCandle(read.start, record.offset);
      if (read.start < today) engine.takeCandle(read);
      else candles.push(read);
    }
  }
  engine.restoreSymbols(candles, [...statuses.values()]);
  return places;
}

/**
 * Reads the candles of earlier days that measures of new rules read, before those rules are in force. What the engine
 * has of later ones stays.
 *
 * @param lookBack see `Engine.lookBack`.
 */
export async function lookFurtherBack(
  from: Pick<RestoreFrom, "log" | "partition" | "engine" | "signal"> & { readonly places: CandlePlaces },
  lookBack: number,
): Promise<void> {
  const { engine, places } = from;
  const known = engine.candlesFrom;
  const range = places.range(engine.time.watermark, lookBack);
  engine.keepCandles(lookBack);
  if (engine.candlesFrom >= known) return;
  for await (const record of recordsOf(from.log, { ...at(from, "candles"), ...range })) {
    const read = readCandle(record);
    if (read !== undefined && !("kind" in read) && read.start < known) engine.takeCandle(read);
  }
}

/** What a record of the candles topic says; undefined: nothing that can be read. */
export function readCandle(record: LogRecord): MinuteCandle | StatusEvent | undefined {
  if (record.value === null) return undefined;
  try {
    if (!isMarketEvent(record.value)) return decodeCandle(record.value);
    const event = decodeMarketEvent(record.value);
    if (event?.kind === "status") return event;
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    complain(record, thrown.message);
  }
  return undefined;
}

/** Reads the trades of the minute that forms again: they are in no candle yet. */
async function warmUp(from: RestoreFrom): Promise<void> {
  const { log, partition, engine, position, done, signal } = from;
  if (position.formingFrom === null || position.formingFrom >= done) return;
  const range = { from: position.formingFrom, to: done };
  for await (const { records } of log.read({ topic: "trades", partition, ...range, signal })) {
    if (records.length === 0) continue;
    engine.warmUp({
      framing: "records",
      bytes: frameRecords(records),
      fromOffset: records[0]!.offset,
      arrivalOf: arrivalsOf(() => records),
    });
  }
}

function at<T extends Topic>({ partition, signal }: PartitionLog, topic: T) {
  return { topic, partition, signal };
}

function complain({ topic, partition, offset }: LogRecord, what: string): void {
  log.error("{topic}/{partition}/{offset} {what}", { topic, partition, offset, what });
}
