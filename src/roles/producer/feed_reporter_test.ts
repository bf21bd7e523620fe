import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import type { SourceStatus } from "../../ports/tick_source.ts";
import type { FeedReport } from "../../books/feed_report.ts";
import { FeedReporter } from "./feed_reporter.ts";
import { ProducerStats } from "./stats.ts";

function world(before?: FeedReport) {
  const clock = new VirtualClock(1_000_000);
  const stats = new ProducerStats();
  stats.restoreGaps(before?.gaps ?? []);
  const written: NewRecord[] = [];
  const source = { name: "kis", status: (): SourceStatus => ({ state: "open", detail: "2 symbols" }) };
  const away = { is: false };
  const append = (records: readonly NewRecord[]) => {
    if (away.is) return Promise.reject(new OutsideError("log_away", "away", { retryable: true }));
    written.push(...records);
    return Promise.resolve([]);
  };
  const reporter = new FeedReporter({ log: { append } as unknown as EventLog, clock, source, stats, before });
  return { clock, stats, written, away, reporter };
}

const reportOf = (record: NewRecord | undefined) => JSON.parse(record?.value as string);

Deno.test("a feed is reported when it changes, every minute, and when it is stopped", async () => {
  const { clock, stats, written, reporter } = world();
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await clock.advance(30_000);
  expect(written.length).toBe(1);
  expect(written[0]).toMatchObject({ topic: "status", key: "feed/kis", timestamp: 1_000_000 });
  stats.gap({ symbol: "005930", at: 7, missedVolume: 3, reason: "cumulative volume jumped" });
  stats.gap({ at: 8, missedVolume: 0, reason: "the connection was lost" });
  stats.status({ kind: "status", symbol: "000660", eventTime: 9, halted: "Y", vi: "N", haltReason: "공시" });
  await clock.advance(1_000);
  expect(written.length).toBe(2);
  expect(reportOf(written[1])).toMatchObject({
    state: "open",
    gaps: [
      { symbol: "005930", reason: "cumulative volume jumped", at: 7 },
      { symbol: "*", reason: "the connection was lost", at: 8 },
    ],
    events: [{ symbol: "000660", what: "halted 공시", at: 9 }],
  });
  await clock.advance(60_000);
  expect(written.length).toBe(3);
  stop.abort();
  await clock.advance(0);
  await running;
  expect(reportOf(written[3])).toMatchObject({
    state: "ended",
    detail: "the producer was stopped; before: 2 symbols",
  });
});

Deno.test("a report that the log did not take is made again, and stopping does not wait for it", async () => {
  const { clock, written, away, reporter } = world();
  const stop = new AbortController();
  away.is = true;
  const running = reporter.run(stop.signal);
  await clock.advance(3_000);
  away.is = false;
  await clock.advance(1_000);
  expect(written.length).toBe(1);
  away.is = true;
  stop.abort();
  await clock.advance(1_000);
  await running;
  expect(written.length).toBe(1);
});

Deno.test("gaps and events that the producer before this one reported are of the day as well, the newest 100", async () => {
  const before: FeedReport = {
    source: "kis",
    state: "ended",
    detail: "the producer was stopped",
    refused: [],
    gaps: Array.from(
      { length: 100 },
      (_, at) => ({ symbol: "005930", reason: "the connection was lost", at }),
    ),
    events: [{ symbol: "000660", what: "VI Y", at: 5 }],
    symbols: [],
  };
  const { clock, stats, written, reporter } = world(before);
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await clock.advance(0);
  expect(reportOf(written[0])).toMatchObject({ gaps: before.gaps, events: before.events });
  stats.gap({ symbol: "000660", at: 200, missedVolume: 3, reason: "cumulative volume jumped" });
  await clock.advance(1_000);
  const { gaps } = reportOf(written[1]);
  expect(gaps.length).toBe(100);
  expect([gaps[0].at, gaps.at(-1).at]).toEqual([1, 200]);
  stop.abort();
  await clock.advance(0);
  await running;
});
