import { expect } from "expect";
import { Registry } from "prom-client";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { systemClock } from "../core/clock.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { LogGap } from "../ports/log_gap.ts";
import { logMetrics } from "../telemetry/log_metrics.ts";
import { LogGapBook } from "./log_gap_book.ts";
import { until } from "../../tests/support/until.ts";

const gap: LogGap = {
  topic: "trades",
  partition: 0,
  from: 1,
  to: 301,
  reason: "deleted",
  detail: "offsets 1 to 300 were deleted",
  group: "stream",
  at: 1000,
};

Deno.test("a gap is open in every process and over restarts, until it is acknowledged", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  const registry = new Registry();
  const metrics = logMetrics(registry, () => ({ open: 0, appendMs: 0 }));
  const options = { clock: systemClock, random: Math.random };
  const finder = new LogGapBook({ ...options, log: cameUpon(log, [gap]), metrics });
  const stop = new AbortController();
  const other = new LogGapBook({ ...options, log });
  const running = [finder.run(stop.signal), other.run(stop.signal)];
  try {
    await until(() => other.open("stream").length === 1 && finder.open().length === 1, "the gap in both");
    expect(other.open("notifier")).toEqual([]);
    expect(await registry.metrics()).toContain(
      'tickbell_log_missed_records_total{topic="trades",reason="deleted"} 300',
    );
    const desk = await LogGapBook.load({ ...options, log });
    expect(desk.all).toMatchObject([{ ...gap, id: "log-gap/stream/trades/0/1" }]);
    await desk.acknowledge(desk.open());
    await until(() => other.open().length === 0 && finder.open().length === 0, "the acknowledgement in both");
    expect((await LogGapBook.load({ ...options, log })).all).toMatchObject([{
      from: 1,
      acknowledgedAt: expect.any(Number),
    }]);
  } finally {
    stop.abort();
    await Promise.all(running);
  }
});

/** The log, but for what it came upon. */
function cameUpon(log: EventLog, gaps: readonly LogGap[]): EventLog {
  return new Proxy(log, {
    get: (_, name) => {
      if (name === "gaps") return () => gaps;
      const value = Reflect.get(log, name);
      return typeof value === "function" ? value.bind(log) : value;
    },
  });
}
