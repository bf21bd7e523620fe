import type { StatusEvent } from "../../market/market_event.ts";
import type { Contradiction } from "../../market/contradictions.ts";
import type { FrameKind } from "../../market/kis/fields.ts";
import type { DecodedFrame } from "../../market/kis/frame.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { ProducerMetrics } from "../../telemetry/producer_metrics.ts";
import { logger } from "../../telemetry/log.ts";
import type { IntakeObserver } from "./intake.ts";

const logging = logger("producer");

/** A time at which trades may have been missed. */
export interface FeedGap {
  /** Undefined: any symbol. */
  readonly symbol?: Symbol;
  /** Epoch ms. */
  readonly at: number;
  /** Shares traded unseen; 0 where it is not known. */
  readonly missedVolume: number;
  readonly reason: string;
}

/** What `mended` adds to a gap's cause. */
const TRIED = /; \d+ trades? filled from REST(?:; .*)?$/s;
/** How many gaps and market events are kept for the console, the newest. */
const KEPT = 200;
/** How many symbols get a metric of their own; the others share "other". */
const MAX_SYMBOL_LABELS = 500;

/** What the producer has counted since it started. */
export class ProducerStats implements IntakeObserver {
  frames = 0;
  trades = 0;
  quotes = 0;
  duplicates = 0;
  /** Trades that REST had of gaps, and that were polled of symbols without a registration. */
  filledTrades = 0;
  polledTrades = 0;
  lateTrades = 0;
  retries = 0;
  gapCount = 0;
  /** Refused records by code. */
  readonly refusals = new Map<string, { count: number; reason: string }>();
  /** Newest last. */
  readonly gaps: FeedGap[] = [];
  /** Those that the producer before this one reported. */
  readonly gapsBefore: FeedGap[] = [];
  /** Trades that contradicted themselves. */
  contradictions = 0;
  /** Fields of the newest frame of each TR. */
  readonly widths = new Map<string, number>();
  /** Halts and volatility interruptions, newest last. */
  readonly statuses: StatusEvent[] = [];
  readonly #metrics: ProducerMetrics | undefined;
  readonly #labels = new Set<string>();
  readonly #widthsSeen = new Set<string>();

  constructor(metrics?: ProducerMetrics) {
    this.#metrics = metrics;
  }

  refused(code: string, reason: string): void {
    this.refusals.set(code, { count: (this.refusals.get(code)?.count ?? 0) + 1, reason });
    this.#metrics?.refused.inc({ code });
  }

  duplicate(): void {
    this.duplicates++;
    this.#metrics?.duplicates.inc();
  }

  gap(gap: FeedGap): void {
    this.gapCount++;
    keep(this.gaps, gap);
    const symbol = this.#label(gap.symbol ?? "*");
    this.#metrics?.gaps.inc({ symbol });
    if (gap.missedVolume > 0) this.#metrics?.missedVolume.inc({ symbol }, gap.missedVolume);
  }

  /** Takes note of gaps that the producer before this one reported, newest last: this one may mend some. */
  restoreGaps(
    gaps: readonly { readonly symbol: string; readonly at: number; readonly reason: string }[],
  ): void {
    for (const { symbol, ...gap } of gaps) {
      this.gapsBefore.push({ ...gap, missedVolume: 0, ...(symbol === "*" ? {} : { symbol }) });
    }
  }

  reportedGap(symbol: Symbol, at: number): FeedGap | undefined {
    return this.gapsBefore.find((gap) => gap.symbol === symbol && gap.at === at);
  }

  mended(gap: FeedGap | undefined, { trades, shortfall }: { trades: number; shortfall: string }): void {
    this.filledTrades += trades;
    this.#metrics?.filled.inc(trades);
    if (gap === undefined) return;
    const left = shortfall === "" ? "" : `; ${shortfall}`;
    // What was tried before a restart is past; the cause may have a semicolon of its own.
    const cause = gap.reason.replace(TRIED, "");
    const noun = trades === 1 ? "trade" : "trades";
    const mended = { ...gap, reason: `${cause}; ${trades} ${noun} filled from REST${left}` };
    for (const gaps of [this.gaps, this.gapsBefore]) {
      const at = gaps.indexOf(gap);
      if (at >= 0) gaps[at] = mended;
    }
  }

  polled(trades: number): void {
    this.polledTrades += trades;
    this.#metrics?.polled.inc(trades);
  }

  late(): void {
    this.lateTrades++;
    this.#metrics?.late.inc();
  }

  read({ kind, width, leftOut, otherCodes }: DecodedFrame): void {
    for (const field of leftOut) this.#metrics?.leftOut.inc({ field });
    if (otherCodes > 0) this.#metrics?.otherCodes.inc(otherCodes);
    if (kind !== undefined && this.widths.get(kind.trId) !== width) this.#noteWidth(kind, width);
  }

  /** KIS widens its frames without notice: that is no error, and somebody should know. */
  #noteWidth({ trId, fields }: FrameKind, width: number): void {
    const before = this.widths.get(trId);
    this.widths.set(trId, width);
    this.#metrics?.width.set({ tr: trId }, width);
    if (before !== undefined) this.#metrics?.widthChanges.inc({ tr: trId });
    const seen = `${trId} ${width}`;
    if (this.#widthsSeen.has(seen)) return;
    this.#widthsSeen.add(seen);
    const extra = width > fields.length
      ? `; what is behind the ${fields.length} known ones is kept by number`
      : "";
    if (before !== undefined) {
      logging.warn(`{trId} has {width} fields now, {before} before${extra}`, { trId, width, before });
    } else if (extra !== "") logging.warn(`{trId} has {width} fields${extra}`, { trId, width });
  }

  contradicts(contradictions: readonly Contradiction[]): void {
    this.contradictions++;
    for (const what of contradictions) this.#metrics?.contradictions.inc({ what });
  }

  status(status: StatusEvent): void {
    keep(this.statuses, status);
  }

  /** Counts events that came from the source. */
  came(events: number): void {
    this.frames += events;
    this.#metrics?.frames.inc(events);
  }

  /** Counts records that the log has acknowledged. */
  published(trades: number, quotes: number, lastEventTime: number, seconds: number): void {
    this.trades += trades;
    this.quotes += quotes;
    this.#metrics?.published.inc({ topic: "trades" }, trades);
    this.#metrics?.published.inc({ topic: "quotes" }, quotes);
    this.#metrics?.appendSeconds.observe(seconds);
    if (lastEventTime > 0) this.#metrics?.lastEvent.set(lastEventTime / 1000);
  }

  /** Counts time marks. */
  marked(count: number): void {
    this.#metrics?.timeMarks.inc(count);
  }

  retried(): void {
    this.retries++;
    this.#metrics?.retries.inc();
  }

  #label(symbol: string): string {
    if (this.#labels.has(symbol)) return symbol;
    if (this.#labels.size >= MAX_SYMBOL_LABELS) return "other";
    this.#labels.add(symbol);
    return symbol;
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.shift();
}
