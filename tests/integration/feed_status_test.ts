import { expect } from "expect";
import { systemClock } from "../../src/core/clock.ts";
import { feedRecord } from "../../src/books/feed_report.ts";
import type { SourceEvent, TickSource } from "../../src/ports/tick_source.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { withControl } from "../support/control.ts";

/** Gives its batches, then nothing until it is stopped. */
function sourceOf(batches: readonly (readonly SourceEvent[])[]): TickSource {
  return {
    name: "kis",
    async *events(signal: AbortSignal) {
      yield* batches;
      await new Promise((stopped) => signal.addEventListener("abort", stopped, { once: true }));
    },
    status: () => ({
      state: "open",
      detail: "KIS paper: 1 of 1 sessions",
      refused: [{ symbol: "035720", reason: "no room" }],
    }),
  };
}

Deno.test("control tells the gaps, halts and the state of a producer that it shares nothing but the log with", () =>
  withControl(async ({ log, json }) => {
    expect((await json("GET", "/v1/status")).body).toMatchObject({ source: null, gaps: [], events: [] });
    const at = Date.now();
    const bytes = new TextEncoder().encode("0|H0STMKO0|001|000660^Y^news^110^112^0^00^58^Y^N");
    const source = sourceOf([[
      { type: "gap", reason: "the connection was lost", symbols: ["005930"], at },
      { type: "frame", bytes, receivedAt: at },
    ]]);
    const stop = new AbortController();
    const running = new Producer({ log, source, clock: systemClock, random: Math.random }).run(stop.signal);
    const status = async (until: (body: { source?: { state: string }; gaps: unknown[] }) => boolean) => {
      for (let tries = 0; tries < 500; tries++) {
        const { body } = await json("GET", "/v1/status");
        if (until(body)) return body;
        await systemClock.sleep(10);
      }
      throw new Error("the status did not come");
    };
    const told = await status((body) => body.gaps.length > 0);
    const time = new Date(at).toISOString();
    expect(told).toMatchObject({
      source: { name: "kis", state: "open", refused: [{ symbol: "035720", reason: "no room" }] },
      gaps: [{ symbol: "005930", reason: "the connection was lost", at: time }],
      events: [{ symbol: "000660", what: "halted news", at: time }],
      // The status stands on the trades topic, where nobody reads it here.
      lag: [{ role: "stream", records: 1 }, { role: "consumer", records: 1 }, {
        role: "notifier",
        records: 0,
      }],
    });
    stop.abort();
    await running;
    await status((body) => body.source?.state === "ended");
  }));

Deno.test("a producer that was killed is told as silent after three minutes", () =>
  withControl(async ({ log, json }) => {
    const report = { source: "kis", state: "open", detail: "", refused: [], gaps: [], events: [] };
    await log.append([feedRecord(report, Date.now() - 181_000)]);
    for (let tries = 0; (await json("GET", "/v1/status")).body.source === null; tries++) {
      expect(tries).toBeLessThan(500);
      await systemClock.sleep(10);
    }
    expect((await json("GET", "/v1/status")).body.source.state).toBe("silent");
  }));
