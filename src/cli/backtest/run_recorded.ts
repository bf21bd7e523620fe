import { setImmediate } from "node:timers/promises";
import { ReplaySource } from "../../adapters/replay/replay_source.ts";
import type { BacktestJob, BacktestRun } from "../../backtest/job.ts";
import { backtestOf, reportFor } from "../../backtest/of_job.ts";
import { type BacktestRecord, recordOfText } from "../../backtest/record.ts";
import { dateText } from "../../backtest/report.ts";
import type { Clock } from "../../core/clock.ts";
import { DEFAULT_MAX_AHEAD_MS } from "../../market/ahead.ts";
import { decodeReference } from "../../market/reference_codec.ts";
import { seoulDay } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import { INGEST_TIME_HEADER } from "../../ports/arrival.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { Intake } from "../../roles/producer/intake.ts";
import { ProducerStats } from "../../roles/producer/stats.ts";
import { EMBEDDED_PARTITIONS } from "../open_embedded_log.ts";

/** What a backtest of files needs. */
export interface RecordedOptions {
  /** A file or folder, or several separated by commas. */
  readonly path: string;
  readonly module: WebAssembly.Module;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How many events are read before others have their turn and progress is reported. */
const EVENTS_A_STEP = 20_000;

/**
 * Rules over recorded files, read as `start --source replay` reads them: the same producer's intake, the same partitions,
 * so the same alerts. The job's days are a filter; its references are what is known before the files say more.
 */
export async function* runRecorded(job: BacktestJob, options: RecordedOptions): BacktestRun {
  const { path, module, clock, signal } = options;
  const backtest = backtestOf(job, { module, partitions: EMBEDDED_PARTITIONS, carriesDays: true });
  const names = new Map<Symbol, string>();
  for (const reference of job.references) {
    names.set(reference.symbol, reference.name);
    backtest.setReference(reference);
  }
  const stats = new ProducerStats();
  const maxAheadMs = job.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS;
  const intake = new Intake({ source: "replay", maxAheadMs }, stats);
  const source = new ReplaySource({ path, speed: Infinity, clock, maxAheadMs });
  const seen = new Set<Symbol>();
  const wanted = (record: BacktestRecord) => {
    const day = seoulDay(record.eventTime);
    return day >= job.from && day <= job.to && (job.symbols?.includes(record.symbol) ?? true);
  };
  const progress = () => {
    const last = backtest.days.at(-1);
    return {
      date: last === undefined ? null : dateText(last.day),
      days: Math.max(0, backtest.days.length - 1),
      daysTotal: backtest.days.length,
      trades: backtest.trades,
      fires: backtest.fires.length + backtest.unlisted,
    };
  };
  let events = 0;
  for await (const batch of source.events(signal)) {
    for (const event of batch) {
      if (event.type === "gap") continue;
      const records = intake.records(event, event.receivedAt);
      for (const record of records) {
        if (record.topic === "reference") {
          const reference = decodeReference(bytesOf(record));
          names.set(reference.symbol, reference.name);
          backtest.setReference(reference);
        } else if (record.topic === "trades") {
          const read = readRecord(record);
          if (!wanted(read)) continue;
          seen.add(read.symbol);
          backtest.take([read]);
        }
      }
    }
    events += batch.length;
    if (events < EVENTS_A_STEP) continue;
    events = 0;
    yield progress();
    await setImmediate();
  }
  signal.throwIfAborted();
  backtest.end();
  return reportFor(job, [backtest.found], {
    nameOf: (symbol) => names.get(symbol),
    notes: notesOf(stats),
    symbols: seen.size,
  });
}

function readRecord({ key, value, timestamp, headers }: NewRecord): BacktestRecord {
  const arrival = Number(headers?.[INGEST_TIME_HEADER]);
  const record = { symbol: key, eventTime: timestamp, value: String(value) };
  return recordOfText(Number.isFinite(arrival) ? { ...record, arrival } : record);
}

function bytesOf({ value }: NewRecord): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value ?? new Uint8Array();
}

function notesOf(stats: ProducerStats): string[] {
  const notes = [...stats.refusals].map(([code, { count, reason }]) =>
    `refused ${count} × ${code}: ${reason}`
  );
  if (stats.duplicates > 0) notes.push(`${stats.duplicates} duplicate trades were passed over`);
  return notes;
}
