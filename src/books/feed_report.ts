import { z } from "zod";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { Projection } from "./projection.ts";
import type { SourceStatus, Subscription } from "../ports/tick_source.ts";
import { ownId, ownKey } from "./own_keys.ts";

/** A producer that has said nothing for so long is taken to be gone, ms: it reports every minute at least. */
export const FEED_SILENT_MS = 180_000;

const happening = { symbol: z.string(), at: z.number().int().nonnegative() };

const reportSchema = z.object({
  source: z.string(),
  state: z.string(),
  detail: z.string(),
  refused: z.array(z.object({ symbol: z.string(), reason: z.string() })),
  gaps: z.array(z.object({ ...happening, reason: z.string() })),
  events: z.array(z.object({ ...happening, what: z.string() })),
  symbols: z.array(z.object({
    symbol: z.string(),
    venue: z.enum(["KRX", "NXT", "UN"]),
    since: z.number(),
    lastAt: z.number().optional(),
    silent: z.string().optional(),
  })).default([]),
});

/**
 * How a producer's feed is: what the console and `/v1/status` show of it, whatever process they run in. Times are epoch
 * ms; lists have their newest item last.
 */
export interface FeedReport {
  /** The source's name: there is one producer for each. */
  readonly source: string;
  readonly state: SourceStatus["state"] | string;
  /** A line for people. */
  readonly detail: string;
  /** Symbols that are wanted and not subscribed. */
  readonly refused: readonly { readonly symbol: string; readonly reason: string }[];
  /** Trades may have been missed; the symbol "*" is any. */
  readonly gaps: readonly { readonly symbol: string; readonly reason: string; readonly at: number }[];
  /** Halts and volatility interruptions. */
  readonly events: readonly { readonly symbol: string; readonly what: string; readonly at: number }[];
  /** Symbols that are subscribed: since when, when they were heard of last, and why one has probably never spoken. */
  readonly symbols: readonly Subscription[];
}

/** The record of a report made at `at`. */
export function feedRecord(report: FeedReport, at: number): NewRecord {
  return {
    topic: "status",
    key: ownKey("feed", report.source),
    value: JSON.stringify(report),
    timestamp: at,
  };
}

/** The last report of a source's producer, where there is one. */
export async function lastFeedReport(
  { log, source }: { readonly log: EventLog; readonly source: { readonly name: string } },
): Promise<FeedReport | undefined> {
  let last: FeedReport | undefined;
  const apply = (report: FeedReport) => {
    if (report.source === source.name) last = report;
  };
  await new Projection({ log, topic: "status", readers: [{ decode: feedReportOf, apply }] }).load();
  return last;
}

/**
 * The report that a record of the status topic has; undefined for other records.
 *
 * @throws {SyntaxError|ZodError} for one that cannot be read: written by something newer, or broken.
 */
export function feedReportOf(record: LogRecord): FeedReport | undefined {
  if (ownId("feed", record.key) === undefined || record.value === null) return undefined;
  return reportSchema.parse(JSON.parse(new TextDecoder().decode(record.value)));
}
