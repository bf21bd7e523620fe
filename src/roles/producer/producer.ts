import type { Registry } from "prom-client";
import type { Random } from "../../core/backoff.ts";
import { BoundedQueue } from "../../core/bounded_queue.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { DEFAULT_MAX_AHEAD_MS } from "../../market/ahead.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import type { SourceEvent, SourceStatus, Subscription, TickSource } from "../../ports/tick_source.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { producerMetrics, type SourceLook } from "../../telemetry/producer_metrics.ts";
import { appendOrBury } from "../../books/append_until.ts";
import type { MarketCalendar } from "../../market/calendar.ts";
import type { Quotations } from "../../ports/quotations.ts";
import type { ReferenceBook } from "../../books/reference_book.ts";
import { FeedReporter } from "./feed_reporter.ts";
import { readTail, tradeOf } from "../../books/log_tail.ts";
import { Intake } from "./intake.ts";
import { ProducerStats } from "./stats.ts";
import { ReferenceKeeper } from "./reference_keeper.ts";
import { RuleSymbols } from "./rule_symbols.ts";

const logging = logger("producer");

/** Batches of the source that wait to be written, at most. */
const QUEUED_BATCHES = 64;
/** Records in one append, at most. */
const MAX_APPEND_RECORDS = 1_000;
/** Symbols that readiness names, at most. */
const NAMED_SYMBOLS = 5;
/** After a stop: how long the log is tried for what came before it, ms. */
const DRAIN_MS = 5_000;

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

/** What the producer needs to ask the market's REST. */
export interface RestParts {
  readonly quotations: Quotations;
  readonly calendar: MarketCalendar;
  readonly book: ReferenceBook;
}

/**
 * The producer role: a market feed into the `trades` and `quotes` topics.
 *
 * Delivery: at least once from the source to the log, in the source's order per symbol. A log that is away is tried
 * again for ever, and meanwhile the source waits (or, a live feed, drops its oldest with a gap that is told). Trades the
 * log has already are not published again, as far back as its tail is read at the start.
 */
export class Producer {
  readonly stats: ProducerStats;
  readonly #options: ProducerOptions;
  readonly #intake: Intake;
  readonly #keeper: ReferenceKeeper | undefined;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.stats = new ProducerStats(options.registry && producerMetrics(options.registry, () => this.#look()));
    const { source, maxAheadMs = DEFAULT_MAX_AHEAD_MS } = options;
    this.#intake = new Intake({ source: source.name, maxAheadMs }, this.stats);
    this.#keeper = options.rest && new ReferenceKeeper({ ...options, ...options.rest });
    options.health?.set("source", { state: "starting", detail: "reading back the log" });
  }

  /** What the source says of itself. */
  sourceStatus(): SourceStatus {
    return this.#options.source.status();
  }

  /**
   * Publishes until the signal is aborted or the source is at its end, and everything is acknowledged.
   *
   * @throws {InputError} what the source could not read at all, e.g. a broken replay file.
   * @throws {OutsideError} that is not to be retried.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.#restore();
    const stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    this.#options.health?.watch("source", () => healthOf(this.sourceStatus()));
    const queue = new BoundedQueue<readonly SourceEvent[]>(QUEUED_BATCHES);
    const failures: unknown[] = [];
    const noteFailure = (error: unknown) => {
      failures.push(error);
      stop.abort();
    };
    const following = this.#follow(ends).catch(noteFailure);
    const pumping = this.#pump(queue, ends).catch(noteFailure);
    const { log, clock, source } = this.#options;
    const reporting = new FeedReporter({ log, clock, source, stats: this.stats }).run(ends).catch(
      noteFailure,
    );
    const keeping = this.#keeper?.run(ends).catch(noteFailure);
    try {
      await this.#write(queue, signal);
    } finally {
      stop.abort();
      queue.close();
      await Promise.all([pumping, following, reporting, keeping]);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Asks the source for the symbols that are wanted. */
  #follow(signal: AbortSignal): Promise<void> {
    const { symbols, source, log, clock } = this.#options;
    if (symbols === undefined || source.want === undefined) return Promise.resolve();
    const want = (wanted: readonly string[]) => {
      source.want?.(wanted);
      this.#keeper?.want(wanted);
    };
    if (symbols !== "rules") return Promise.resolve(want(symbols));
    return new RuleSymbols({ log, clock, changed: want }).run(signal);
  }

  async #restore(): Promise<void> {
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
    if (trades > 0) logging.info("Going on after {trades} trades read back from the log", { trades });
  }

  async #pump(queue: BoundedQueue<readonly SourceEvent[]>, signal: AbortSignal): Promise<void> {
    try {
      for await (const events of this.#options.source.events(signal)) {
        if (!await queue.push(events)) break;
      }
    } finally {
      queue.close();
    }
  }

  async #write(queue: BoundedQueue<readonly SourceEvent[]>, signal: AbortSignal): Promise<void> {
    const drained = new AbortController();
    const stopLate = () => {
      this.#options.clock.sleep(DRAIN_MS, drained.signal).then(() => drained.abort());
    };
    signal.addEventListener("abort", stopLate, { once: true });
    try {
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
        if (!await this.#publish(batches.flat(), drained.signal)) return;
      }
    } finally {
      signal.removeEventListener("abort", stopLate);
      drained.abort();
    }
  }

  /** Answers whether everything was acknowledged; false: the role is being stopped and the log is away. */
  async #publish(events: readonly SourceEvent[], signal: AbortSignal): Promise<boolean> {
    this.stats.came(events.length);
    const now = this.#options.clock.now();
    const records = events.flatMap((event) => this.#intake.records(event, now));
    for (let start = 0; start < records.length; start += MAX_APPEND_RECORDS) {
      if (!await this.#append(records.slice(start, start + MAX_APPEND_RECORDS), signal)) return false;
    }
    return true;
  }

  async #append(records: readonly NewRecord[], signal: AbortSignal): Promise<boolean> {
    const { log, clock, random } = this.#options;
    const began = clock.now();
    const failed = (error: Error, attempt: number) => {
      this.stats.retried();
      if (attempt === 0) logging.warn("The log is away, trying again: {error}", { error: messageOf(error) });
    };
    const positions = await appendOrBury(records, { log, clock, random, signal, failed, role: "producer" });
    if (positions === undefined) {
      logging.error("Stopped with {records} records not written: the log is away", {
        records: records.length,
      });
      return false;
    }
    const trades = records.filter((record) => record.topic === "trades");
    const quotes = records.reduce((count, record) => count + (record.topic === "quotes" ? 1 : 0), 0);
    const last = trades[trades.length - 1]?.timestamp ?? 0;
    this.stats.published(trades.length, quotes, last, (clock.now() - began) / 1000);
    return true;
  }

  #look(): SourceLook {
    const { state, subscribed = [], refused } = this.sourceStatus();
    return {
      open: state === "open",
      subscribed: subscribed.length,
      silent: subscribed.filter(({ silent }) => silent !== undefined).length,
      unsubscribable: refused?.length ?? 0,
    };
  }
}

function healthOf(status: SourceStatus) {
  const states = {
    connecting: "starting",
    open: "ready",
    waiting: "ready",
    ended: "ready",
    failed: "down",
  } as const;
  const refused = status.refused?.length ?? 0;
  const silent = (status.subscribed ?? []).filter((one) => one.silent !== undefined);
  const wanting = [
    ...(refused > 0 ? [`${refused} wanted symbols are not subscribed`] : []),
    ...(silent.length > 0 ? [`${silent.length} have never spoken: ${named(silent)}`] : []),
  ];
  if (wanting.length === 0 || status.state !== "open") {
    return { state: states[status.state], detail: status.detail };
  }
  return { state: "degraded" as const, detail: [status.detail, ...wanting].join("; ") };
}

/** The first few of some symbols, with the reason of the first. */
function named(silent: readonly Subscription[]): string {
  const symbols = silent.slice(0, NAMED_SYMBOLS).map(({ symbol }) => symbol).join(", ");
  return `${symbols}${silent.length > NAMED_SYMBOLS ? ", …" : ""} (${silent[0]?.silent})`;
}
