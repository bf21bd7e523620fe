import { expect } from "expect";
import { systemClock } from "../../src/core/clock.ts";
import { checkedRecord } from "../../src/books/checked_days.ts";
import { feedRecord } from "../../src/books/feed_report.ts";
import type { SourceEvent, TickSource } from "../../src/ports/tick_source.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { Registry } from "prom-client";
import { Health } from "../../src/telemetry/health.ts";
import { withControl } from "../support/control.ts";
import { until } from "../support/until.ts";

Deno.test("the status says how many alerts self-checks found missing, and since when", () =>
  withControl(async ({ log, json }) => {
    const found = async () => (await json("GET", "/v1/status")).body.selfCheck;
    expect(await found()).toBe(null);
    const since = Date.now() - 60_000;
    const checked = { rounds: 3, trades: 70, differences: 2, missed: 1, since };
    await log.append([checkedRecord(checked, { date: "20261126", instance: "a", at: since + 5_000 })]);
    const said = { since: new Date(since).toISOString(), rounds: 3, trades: 70, missed: 1, unexpected: 1 };
    expect(await until(found, "the record to be read")).toEqual(said);
  }));

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

Deno.test("control shows the gaps, halts and the state of a producer that it shares nothing but the log with", () =>
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
    const body = await status((body) => body.gaps.length > 0);
    const time = new Date(at).toISOString();
    expect(body).toMatchObject({
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

Deno.test("a rule that waits for a symbol which never spoke says so; the process stays in service, degraded", () =>
  withControl(async ({ log, json }) => {
    const since = Date.now() - 600_000;
    const health = new Health();
    const silent = "NXT does not trade it: the consolidated feed is silent then";
    const source: TickSource = {
      ...sourceOf([]),
      status: () => ({
        state: "open",
        detail: "2 symbols",
        subscribed: [
          { symbol: "005930", venue: "KRX", since, lastAt: since + 1 },
          { symbol: "035720", venue: "UN", since, silent },
        ],
      }),
    };
    const stop = new AbortController();
    const registry = new Registry();
    const running = new Producer({ log, source, clock: systemClock, random: Math.random, health, registry })
      .run(stop.signal);
    const rule = { id: "r", symbol: "035720", kind: "target_price", comparator: "gte", value: "1000" };
    const made = await json("POST", "/v1/rules", { ...rule, recipients: ["kim@example.com"] });
    expect(made.status).toBe(201);
    const explained = async () => (await json("GET", "/v1/rules/r/explain")).body;
    await until(async () => (await explained()).feed !== null);
    expect(await explained()).toMatchObject({
      verdict: "no_trade",
      reason: expect.stringContaining(silent),
      feed: { symbol: "035720", venue: "UN", since: new Date(since).toISOString(), lastAt: null, silent },
    });
    expect((await json("GET", "/v1/status")).body.source.symbols).toMatchObject([
      { symbol: "005930", lastAt: new Date(since + 1).toISOString(), silent: null },
      { symbol: "035720", lastAt: null, silent },
    ]);
    expect(health.ready).toBe(true);
    expect(health.components().source).toMatchObject({
      state: "degraded",
      detail: `2 symbols; 1 have never spoken: 035720 (${silent})`,
    });
    expect(await registry.metrics()).toContain("tickbell_producer_silent_symbols 1");
    stop.abort();
    await running;
  }));

Deno.test("a producer that was killed is reported as silent after three minutes", () =>
  withControl(async ({ log, json }) => {
    const report = {
      source: "kis",
      state: "open",
      detail: "",
      refused: [],
      gaps: [],
      events: [],
      symbols: [],
    };
    await log.append([feedRecord(report, Date.now() - 181_000)]);
    for (let tries = 0; (await json("GET", "/v1/status")).body.source === null; tries++) {
      expect(tries).toBeLessThan(500);
      await systemClock.sleep(10);
    }
    expect((await json("GET", "/v1/status")).body.source.state).toBe("silent");
  }));
