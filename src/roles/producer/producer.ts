import type { Registry } from "prom-client";
import type { Random } from "../../core/backoff.ts";
import { BoundedQueue } from "../../core/bounded_queue.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { DEFAULT_MAX_AHEAD_MS } from "../../market/ahead.ts";
import { EVENT_PREFIX } from "../../market/market_event.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import type { SourceStatus, TickSource } from "../../ports/tick_source.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { producerMetrics, type SourceState } from "../../telemetry/producer_metrics.ts";
import { appendOrBury } from "../../books/append_until.ts";
import type { ProducerEvent } from "./events.ts";
import { type FeedReport, lastFeedReport } from "../../books/feed_report.ts";
import { FeedReporter } from "./feed_reporter.ts";
import { readTail, tradeOf } from "../../books/log_tail.ts";
import { Intake } from "./intake.ts";
import { ProducerStats } from "./stats.ts";
import { type RestParts, RestWork } from "./rest_work.ts";
import { RuleSymbols } from "./rule_symbols.ts";
import { sourceHealth } from "./source_health.ts";
import { MARK_AFTER_END_MS, MARK_EVERY_MS, MARK_LAG_MS, TimeMarks } from "./time_marks.ts";

const logging = logger("producer");

/** Batches of the source that wait to be written, at most. */
const QUEUED_BATCHES = 64;
/** Records in one append, at most. */
const MAX_APPEND_RECORDS = 1_000;
/** After a stop: how long an append of what came before it is tried, ms. A log that is slow and takes them gets them all. */
const DRAIN_MS = 5_000;

/** Time has come so far, for partitions in which nothing is traded. */
interface Mark {
  readonly type: "mark";
  /** Epoch ms. */
  readonly eventTime: number;
}

type QueueItem = ProducerEvent | Mark;

/** What the producer is made of. */
export interface ProducerOptions {
  readonly log: EventLog;
  readonly source: TickSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly health?: Health;
  readonly registry?: Registry;
  /**
   * The symbols that are asked of the source: those that enabled rules name (`rules`), or these. Undefined: whatever
   * the source gives.
   */
  readonly symbols?: "rules" | readonly string[];
  /** How far a trade's event time may be ahead of its arrival, ms; two minutes by default. */
  readonly maxAheadMs?: number;
  /** What the market's REST is asked for; without it references are not kept and gaps stay open. */
  readonly rest?: RestParts;
}

/**
 * The producer role: a market feed into the `trades` and `quotes` topics.
 *
 * Delivery: at least once from the source to the log, in the source's order per symbol. A log that is away is tried
 * again for ever, and meanwhile the source waits (or, a live feed, drops its oldest with a gap that is reported). Trades the
 * log has already are not published again, as far back as its tail is read at the start.
 */
export class Producer {
  readonly stats: ProducerStats;
  readonly #options: ProducerOptions;
  readonly #intake: Intake;
  readonly #rules: RuleSymbols;
  readonly #rest: RestWork | undefined;
  /** When the producer before this one heard of a symbol last, epoch ms. */
  readonly #heardBefore = new Map<string, number>();
  #times: TimeMarks | undefined;
  /** The newest trade this process has taken: its time, and when by the monotonic clock it was taken. */
  #traded: { readonly at: number; readonly since: number } | undefined;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.stats = new ProducerStats(
      options.registry && producerMetrics(options.registry, () => this.#sourceState()),
    );
    const { source, rest, maxAheadMs = DEFAULT_MAX_AHEAD_MS } = options;
    this.#rest = rest && new RestWork({ ...options, ...rest });
    this.#rules = new RuleSymbols({
      ...options,
      listed: (market) => this.#rest?.listed(market) ?? [],
      changed: (named, statuses) => this.#want(named, statuses),
    });
    // A recorded day may begin anywhere; a live one that begins late has been missed.
    const sinceOf = rest && ((symbol: string) => this.#since(symbol));
    const timeBy = (eventTime: number) => this.#timeBy(eventTime);
    this.#intake = new Intake({ source: source.name, maxAheadMs, sinceOf, timeBy }, this.stats);
    options.health?.set("source", { state: "starting", detail: "reading back the log" });
  }

  /** What the source says of itself. */
  sourceStatus(): SourceStatus {
    const status = this.#options.source.status();
    return this.#rest?.status(status) ?? status;
  }

  /**
   * Publishes until the signal is aborted or the source is at its end, and everything is acknowledged.
   *
   * @throws {InputError} what the source could not read at all, e.g. a broken replay file.
   * @throws {OutsideError} that is not to be retried.
   */
  async run(signal: AbortSignal): Promise<void> {
    const before = await this.#restore();
    const stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    this.#options.health?.watch("source", () => sourceHealth(this.sourceStatus()));
    const queue = new BoundedQueue<readonly QueueItem[]>(QUEUED_BATCHES);
    const failures: unknown[] = [];
    const noteFailure = (error: unknown) => {
      failures.push(error);
      stop.abort();
    };
    const following = this.#follow(ends).catch(noteFailure);
    const pumping = this.#pump(queue, ends).catch(noteFailure);
    const marking = this.#mark(queue, ends).catch(noteFailure);
    const { log, clock, source: { name } } = this.#options;
    const source = { name, status: () => this.sourceStatus() };
    const reporting = new FeedReporter({ log, clock, source, stats: this.stats, before }).run(ends)
      .catch(noteFailure);
    const asking = this.#rest?.run(ends, (events) => queue.push(events)).catch(noteFailure);
    try {
      await this.#write(queue, signal);
    } finally {
      stop.abort();
      queue.close();
      await Promise.all([pumping, following, reporting, asking, marking]);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Asks the source for the symbols that are wanted. */
  #follow(signal: AbortSignal): Promise<void> {
    const { symbols, source } = this.#options;
    if (symbols === undefined || source.want === undefined) return Promise.resolve();
    if (symbols !== "rules") this.#want([]);
    return this.#rules.run(signal);
  }

  /** @param named the symbols that rules name. */
  #want(named: readonly string[], statuses?: ReadonlySet<string>): void {
    const { symbols: given } = this.#options;
    const symbols = given === undefined || given === "rules" ? named : given;
    this.#options.source.want?.(symbols, statuses);
    this.#rest?.want(symbols);
  }

  /**
   * From when on it matters that nobody saw a symbol's trades, epoch ms: since a rule for it has been armed, and not again
   * what the producer before this one heard.
   */
  #since(symbol: string): number | undefined {
    const armedAt = this.#options.symbols === "rules" ? this.#rules.since(symbol) : 0;
    return armedAt === undefined ? undefined : Math.max(armedAt, this.#heardBefore.get(symbol) ?? 0);
  }

  /** What the time is, now that a trade of a live feed has said so. */
  #timeBy(eventTime: number): number {
    const { clock } = this.#options;
    clock.confirm?.(eventTime);
    return clock.now();
  }

  /** @returns what the producer before this one reported last. */
  async #restore(): Promise<FeedReport | undefined> {
    await this.#rest?.load();
    const before = await lastFeedReport(this.#options);
    this.stats.restoreGaps(before?.gaps ?? []);
    for (const { symbol, lastAt } of before?.symbols ?? []) {
      if (lastAt !== undefined) this.#heardBefore.set(symbol, lastAt);
    }
    let trades = 0;
    for await (const record of readTail(this.#options.log, "trades")) {
      const trade = tradeOf(record);
      if (trade === undefined) continue;
      trades++;
      this.#intake.restoreTrade(trade);
    }
    for await (const record of readTail(this.#options.log, "quotes", 500)) {
      this.#intake.restoreQuote({ symbol: record.key, eventTime: record.timestamp });
    }
    this.#rest?.fill(this.#intake.restoredGaps(this.#options.clock.now()));
    if (trades > 0) logging.info("Going on after {trades} trades read back from the log", { trades });
    return before;
  }

  async #pump(queue: BoundedQueue<readonly QueueItem[]>, signal: AbortSignal): Promise<void> {
    try {
      for await (const events of this.#options.source.events(signal)) {
        if (!await queue.push(events)) break;
      }
    } finally {
      queue.close();
    }
  }

  /**
   * In market hours, and until the last minute of a session has ended, asks for time marks while nothing else waits. Not
   * before the day's first trade: a feed that plays another day has a time of its own.
   */
  async #mark(queue: BoundedQueue<readonly QueueItem[]>, signal: AbortSignal): Promise<void> {
    const { source, clock } = this.#options;
    if (source.inSession === undefined) return;
    let lastInSession = -Infinity;
    while (!signal.aborted) {
      await clock.sleep(MARK_EVERY_MS, signal);
      const now = clock.now();
      if (source.inSession(now)) lastInSession = now;
      // What waits is older than a mark would be; and once it is written no mark is needed.
      const spoke = seoulDay(this.#intake.lastTradeAt ?? 0) === seoulDay(now);
      if (spoke && now - lastInSession <= MARK_AFTER_END_MS && queue.size === 0) {
        queue.tryPush([{ type: "mark", eventTime: Math.min(now, this.#marketTime()) - MARK_LAG_MS }]);
      }
    }
  }

  /** What the market's clock shows by its last trade and what has passed since, epoch ms: no step of this machine's moves it. */
  #marketTime(): number {
    return this.#traded === undefined
      ? Infinity
      // Whole ms: a record's time with a fraction is one that Kafka's client cannot write.
      : Math.floor(this.#traded.at + this.#options.clock.monotonic() - this.#traded.since);
  }

  async #write(queue: BoundedQueue<readonly QueueItem[]>, signal: AbortSignal): Promise<void> {
    for (;;) {
      const first = await queue.shift();
      if (first === undefined) return;
      const batches = [first];
      let events = first.length;
      while (events < MAX_APPEND_RECORDS) {
        const more = queue.tryShift();
        if (more === undefined) break;
        batches.push(more);
        events += more.length;
      }
      if (!await this.#publish(batches.flat(), signal)) return;
    }
  }

  /** @returns whether everything was acknowledged; false: the role is being stopped and the log is away. */
  async #publish(items: readonly QueueItem[], signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const now = clock.now();
    const events = items.filter((item) => item.type !== "mark");
    const traded = this.#intake.lastTradeAt;
    this.stats.came(events.filter(({ type }) => type !== "filled" && type !== "polled").length);
    const records = events.flatMap((event) => this.#intake.records(event, now));
    const { lastTradeAt } = this.#intake;
    if (lastTradeAt !== undefined && lastTradeAt !== traded) {
      this.#traded = { at: lastTradeAt, since: clock.monotonic() };
      clock.confirm?.(lastTradeAt);
    }
    this.#rest?.fill(this.#intake.takeGaps());
    const mark = items.findLast((item) => item.type === "mark");
    if (mark !== undefined) {
      const marks = await this.#marks(mark, now);
      this.stats.marked(marks.length);
      records.push(...marks);
    }
    for (let start = 0; start < records.length; start += MAX_APPEND_RECORDS) {
      if (!await this.#append(records.slice(start, start + MAX_APPEND_RECORDS), signal)) return false;
    }
    return true;
  }

  /** The records of a mark, which comes alone. */
  async #marks({ eventTime }: Mark, now: number): Promise<NewRecord[]> {
    this.#times ??= new TimeMarks(await this.#options.log.partitions("trades"));
    // Half: the mark before was written a little after its time.
    const since = this.#options.clock.monotonic() - MARK_EVERY_MS / 2;
    return this.#times.marks({ eventTime, since, now });
  }

  async #append(records: readonly NewRecord[], stop: AbortSignal): Promise<boolean> {
    const { log, clock, random } = this.#options;
    const began = clock.monotonic();
    const failed = (error: Error, attempt: number) => {
      this.stats.retried();
      if (attempt === 0) logging.warn("The log is away, trying again: {error}", { error: messageOf(error) });
    };
    const positions = await untilLongAfter(
      { stop, clock, ms: DRAIN_MS },
      (signal) => appendOrBury(records, { log, clock, random, signal, failed, role: "producer" }),
    );
    if (positions === undefined) {
      logging.error("Stopped with {records} records not written: the log has been away for {seconds} s", {
        records: records.length,
        seconds: DRAIN_MS / 1_000,
      });
      return false;
    }
    const ended = clock.monotonic();
    this.#times?.wrote(positions, ended);
    const trades = records.filter(isTrade);
    const quotes = records.reduce((count, record) => count + (record.topic === "quotes" ? 1 : 0), 0);
    const last = trades[trades.length - 1]?.timestamp ?? 0;
    this.stats.published(trades.length, quotes, last, (ended - began) / 1000);
    return true;
  }

  #sourceState(): SourceState {
    const { state, subscribed = [], refused } = this.sourceStatus();
    return {
      open: state === "open",
      subscribed: subscribed.length,
      silent: subscribed.filter(({ silent }) => silent !== undefined).length,
      unsubscribable: (refused ?? []).filter(({ polled }) => !polled).length,
      polled: this.#rest?.polled ?? 0,
    };
  }
}

/** Runs a task with a signal that is aborted `ms` after the stop, or after the task began where that is later. */
async function untilLongAfter<T>(
  { stop, clock, ms }: { readonly stop: AbortSignal; readonly clock: Clock; readonly ms: number },
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ends = new AbortController();
  const endLate = () => void clock.sleep(ms, ends.signal).then(() => ends.abort());
  if (stop.aborted) endLate();
  else stop.addEventListener("abort", endLate, { once: true });
  try {
    return await task(ends.signal);
  } finally {
    stop.removeEventListener("abort", endLate);
    ends.abort();
  }
}

/** Whether a record is a trade: statuses and time marks stand on its topic too. */
function isTrade({ topic, value }: NewRecord): boolean {
  return topic === "trades" && typeof value === "string" && !value.startsWith(EVENT_PREFIX);
}
