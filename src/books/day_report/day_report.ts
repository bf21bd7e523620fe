import { isDigest, isNotice, readDelivery } from "../../alerts/ledger.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { MarketCalendar } from "../../market/calendar.ts";
import { DayVolumes, type SymbolVolume } from "../../market/day_volumes.ts";
import { isMarketEvent } from "../../market/market_event.ts";
import type { MinuteCandle } from "../../market/minute_candle.ts";
import { decodeCandle } from "../../market/minute_candle_codec.ts";
import { dateOfDay, seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import { CANARY_SYMBOL } from "../../market/symbol.ts";
import type { EventLog, LogRecord, Topic } from "../../ports/event_log.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import { CANARY_TENANT } from "../../rules/tenancy.ts";
import type { CheckedDay } from "../checked_days.ts";
import type { FeedReport } from "../feed_report.ts";
import type { StoredLogGap } from "../log_gap_book.ts";
import { readObject } from "../read_json.ts";
import { recordsOfDay } from "./records_of_day.ts";

/** Whether a day went as it should: what came, what was found, what became of it. Times are epoch ms. */
export interface DayReport {
  /** `YYYYMMDD` in Asia/Seoul. */
  readonly date: string;
  readonly madeAt: number;
  readonly isTradingDay: boolean;
  /** Whether the day is over. */
  readonly isOver: boolean;
  /** Whether nothing was missed, as far as there is a count to hold it against. */
  readonly isWhole: boolean;
  readonly trades: DayTrades;
  /** Of the symbols of which shares are missing, the most first, {@link LISTED} at most. */
  readonly losses: readonly SymbolVolume[];
  /** What the feed's producer said of gaps, and how they were mended; the newest 100. */
  readonly feedGaps: FeedReport["gaps"];
  /** What readings of the event log missed. */
  readonly logGaps: readonly StoredLogGap[];
  readonly selfCheck: CheckedDay;
  readonly silent: SilentRules;
  readonly alerts: number;
  readonly messages: DayMessages;
  /** By code. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

/** What came of all symbols. Volumes in shares. */
export interface DayTrades {
  readonly symbols: number;
  readonly trades: number;
  readonly received: number;
  readonly exchange: number;
  readonly before: number;
  readonly missing: number;
  readonly twice: number;
  readonly symbolsMissing: number;
  /** Symbols of which only prices were asked for. */
  readonly polled: number;
  /** When the first trade came; null: none did. */
  readonly since: number | null;
}

/** Rules that waited for symbols of which nothing came. */
export interface SilentRules {
  readonly rules: number;
  /** With how many rules wait for it, the most first, {@link LISTED} at most. */
  readonly symbols: readonly { readonly symbol: string; readonly rules: number }[];
}

/** What became of messages, those that came to an end on the day. */
export interface DayMessages {
  /** By the ledger's state. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Sent more than {@link LATE_MS} after the alert was made, digests left out; and the slowest of them, ms. */
  readonly late: number;
  readonly slowestMs: number;
}

/** Items of a list, at most. */
export const LISTED = 50;
/** From an alert to its message. */
export const LATE_MS = 60_000;
/** Records between two turns of the event loop: the report shares a process with the API. */
const RECORDS_A_TURN = 200;

/** What a report is made of. */
export interface DayReportDeps {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Of all tenants. */
  rules(): Iterable<Rule>;
  checked(date: string): CheckedDay;
  readonly feed: FeedReport | undefined;
  readonly logGaps: readonly StoredLogGap[];
}

const calendar = new MarketCalendar();

/**
 * A day's report, out of the log: nothing is counted beside it, so nothing is lost by a restart.
 *
 * @param day in Asia/Seoul, see `seoulDay`.
 * @throws {OutsideError} when the log cannot be read.
 */
export async function makeDayReport(deps: DayReportDeps, day: number): Promise<DayReport> {
  const { clock } = deps;
  const date = dateOfDay(day);
  const isOfDay = ({ at }: { readonly at: number }) => seoulDay(at) === day;
  const volumes = await volumesOf(deps, day);
  const missing = volumes.filter((volume) => volume.missing > 0).sort((a, b) => b.missing - a.missing);
  const trades = tradesOf(volumes, missing.length);
  const logGaps = deps.logGaps.filter(isOfDay);
  const messages = await messagesOf(deps, day);
  const deadLetters = await lettersOf(deps, day);
  const selfCheck = deps.checked(date);
  const isTradingDay = calendar.isTradingDay(day);
  return {
    date,
    madeAt: clock.now(),
    isTradingDay,
    isOver: seoulDay(clock.now()) > day,
    isWhole: trades.missing === 0 && logGaps.length === 0 && selfCheck.differences === 0 &&
      (messages.outcomes.dead ?? 0) === 0 && Object.keys(deadLetters).length === 0,
    trades,
    losses: missing.slice(0, LISTED),
    feedGaps: (deps.feed?.gaps ?? []).filter(isOfDay),
    logGaps,
    selfCheck,
    silent: silentOf(deps, { volumes, day, isTradingDay }),
    alerts: await alertsOf(deps, day),
    messages,
    deadLetters,
  };
}

/** Each partition by itself: of a whole market a day's minutes are hundreds of megabytes. */
async function volumesOf({ log, clock }: DayReportDeps, day: number): Promise<SymbolVolume[]> {
  const found: SymbolVolume[] = [];
  for (let partition = 0; partition < await log.partitions("candles"); partition++) {
    const volumes = new DayVolumes();
    for await (const record of slowly(recordsOfDay(log, { topic: "candles", partition, day }), clock)) {
      const candle = isOfCanary(record) ? undefined : candleOf(record);
      if (candle !== undefined && seoulDay(candle.start) === day) volumes.take(candle);
    }
    found.push(...volumes.symbols());
  }
  return found;
}

function tradesOf(volumes: readonly SymbolVolume[], symbolsMissing: number): DayTrades {
  const sum = (of: (volume: SymbolVolume) => number) =>
    volumes.reduce((total, volume) => total + of(volume), 0);
  return {
    symbols: volumes.length,
    trades: sum(({ trades }) => trades),
    received: sum(({ received }) => received),
    exchange: sum(({ exchange }) => exchange),
    before: sum(({ before }) => before),
    missing: sum(({ missing }) => missing),
    twice: sum(({ twice }) => twice),
    symbolsMissing,
    polled: volumes.filter(({ polled }) => polled).length,
    since: volumes.length === 0 ? null : Math.min(...volumes.map(({ since }) => since)),
  };
}

/** On a day without trading nobody waits for anything. */
function silentOf(
  deps: DayReportDeps,
  { volumes, day, isTradingDay }: {
    readonly volumes: readonly SymbolVolume[];
    readonly day: number;
    readonly isTradingDay: boolean;
  },
): SilentRules {
  if (!isTradingDay && volumes.length === 0) return { rules: 0, symbols: [] };
  const heard = new Set(volumes.map(({ symbol }) => symbol));
  const end = startOfSeoulDay(day + 1);
  const waiting = new Map<string, number>();
  let rules = 0;
  for (const rule of deps.rules()) {
    if (!rule.enabled || rule.tenant === CANARY_TENANT || rule.market !== null || rule.createdAt >= end) {
      continue;
    }
    if (rule.expiresAt !== null && rule.expiresAt < startOfSeoulDay(day)) continue;
    const silent = symbolsOf(rule).filter((symbol) => !heard.has(symbol));
    if (silent.length > 0) rules++;
    for (const symbol of silent) waiting.set(symbol, (waiting.get(symbol) ?? 0) + 1);
  }
  const symbols = [...waiting].map(([symbol, rules]) => ({ symbol, rules }));
  return { rules, symbols: symbols.sort((a, b) => b.rules - a.rules).slice(0, LISTED) };
}

async function alertsOf(deps: DayReportDeps, day: number): Promise<number> {
  const ids = new Set<string>();
  for await (const record of dayOf(deps, "alerts", day)) {
    const { id } = record.value === null ? {} : readObject(record.value);
    if (typeof id === "string") ids.add(id);
  }
  return ids.size;
}

async function messagesOf(deps: DayReportDeps, day: number): Promise<DayMessages> {
  const newest = new Map<string, { readonly state: string; readonly lateMs: number }>();
  for await (const { key, value } of dayOf(deps, "deliveries", day)) {
    // Recipients' settings stand there too.
    const delivery = readDelivery(value);
    if (delivery === undefined || isNotice(delivery)) continue;
    const { state, at, since = at } = delivery;
    // What was gathered waited because somebody wanted it to.
    const lateMs = state === "sent" && !isDigest(delivery) ? at - since : 0;
    newest.set(key, { state, lateMs });
  }
  const outcomes: Record<string, number> = {};
  let [late, slowestMs] = [0, 0];
  for (const { state, lateMs } of newest.values()) {
    outcomes[state] = (outcomes[state] ?? 0) + 1;
    slowestMs = Math.max(slowestMs, lateMs);
    if (lateMs > LATE_MS) late++;
  }
  return { outcomes, late, slowestMs };
}

async function lettersOf(deps: DayReportDeps, day: number): Promise<Record<string, number>> {
  const codes: Record<string, number> = {};
  for await (const { headers } of dayOf(deps, "deadletter", day)) {
    const { code = "unknown" } = headers;
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

async function* dayOf({ log, clock }: DayReportDeps, topic: Topic, day: number): AsyncGenerator<LogRecord> {
  for (let partition = 0; partition < await log.partitions(topic); partition++) {
    for await (const record of slowly(recordsOfDay(log, { topic, partition, day }), clock)) {
      if (!isOfCanary(record)) yield record;
    }
  }
}

/** The canary's trades, alerts and messages are nobody's. */
function isOfCanary({ key }: LogRecord): boolean {
  return key === CANARY_SYMBOL || key.startsWith(`${CANARY_TENANT}~`);
}

/** Lets others have their turns between the records. */
async function* slowly(records: AsyncIterable<LogRecord>, clock: Clock): AsyncGenerator<LogRecord> {
  let count = 0;
  for await (const record of records) {
    yield record;
    if (++count % RECORDS_A_TURN === 0) await clock.sleep(0);
  }
}

/** Statuses stand beside the candles; what cannot be read is the stream's to complain of. */
function candleOf({ value }: LogRecord): MinuteCandle | undefined {
  if (value === null || isMarketEvent(value)) return undefined;
  try {
    return decodeCandle(value);
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}
