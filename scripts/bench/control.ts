/**
 * The control API under load: the whole product in a process of its own, as `deno task start` runs it.
 *
 * @module
 */
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { compileEngine } from "../../src/engine/engine.ts";
import { systemClock } from "../../src/core/clock.ts";
import { seoulDay, startOfSeoulDay } from "../../src/market/seoul_time.ts";
import { withControl } from "../../tests/support/control.ts";
import { ENGINE_WASM } from "../build_wasm.ts";
import type { Scenario } from "../bench.ts";
import { dearRequests } from "./control_load.ts";
import { quantile, ruleOf, withStart } from "./control_start.ts";
import { tradeAt } from "./series_world.ts";

const PER_SECOND = 500;

/** The control scenarios; the first argument is for how many seconds. */
export const scenarios: Record<string, Scenario> = {
  /** 500 rules a second, each answered when it is in force in the stream. */
  "control": async ({ args }) => [await underLoad(Number(args[0] ?? 60))],
  /** One import of 100,000 rules, each reported when it is in force. */
  "control-import": async () => [await bulkImport(100_000)],
  /** How long others wait while somebody asks for all that is dear at once; arguments: seconds, lines of an import. */
  "control-load": async ({ args }) => [
    await dearRequests({ seconds: Number(args[0] ?? 20), lines: Number(args[1] ?? 52_000) }),
  ],
  /** A rule tried on a day of one busy symbol. */
  "control-trial": async () => [await trial(200_000)],
};

async function underLoad(seconds: number): Promise<Record<string, unknown>> {
  return await withStart(async ({ url, key }) => {
    const times: number[] = [];
    let errors = 0;
    const pending = new Set<Promise<void>>();
    const begun = performance.now();
    const ask = async (index: number, due: number) => {
      try {
        const response = await fetch(`${url}/v1/rules`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify(ruleOf(index)),
        });
        await response.body?.cancel();
        if (response.status !== 201) errors++;
      } catch {
        errors++;
      }
      // From when the request was due, not from when it could be sent: a server that stalls is not let off.
      times.push(performance.now() - due);
    };
    for (let index = 0; index < PER_SECOND * seconds; index++) {
      const due = begun + index * 1_000 / PER_SECOND;
      const wait = due - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      const asked = ask(index, due);
      pending.add(asked);
      asked.then(() => pending.delete(asked));
    }
    await Promise.all(pending);
    const took = (performance.now() - begun) / 1_000;
    return {
      scenario: "control",
      seconds,
      requests: times.length,
      per_second: Math.round(times.length / took),
      errors,
      in_force_p50_ms: quantile(times, 0.5),
      in_force_p99_ms: quantile(times, 0.99),
      in_force_max_ms: quantile(times, 1),
    };
  });
}

async function bulkImport(lines: number): Promise<Record<string, unknown>> {
  return await withStart(async ({ url, key }) => {
    const body = Array.from({ length: lines }, (_, index) => JSON.stringify(ruleOf(index))).join("\n");
    const begun = performance.now();
    const response = await fetch(`${url}/v1/rules:bulk`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/x-ndjson",
        "idempotency-key": "bench",
      },
      body,
    });
    const text = await response.text();
    const seconds = (performance.now() - begun) / 1_000;
    const { summary } = JSON.parse(text.trimEnd().split("\n").at(-1)!);
    return { scenario: "control-import", ...summary, seconds, rules_per_second: Math.round(lines / seconds) };
  });
}

async function trial(count: number): Promise<Record<string, unknown>> {
  const folder = await Deno.makeTempDir();
  const series = new SqliteSeriesStore({
    path: `${folder}/series.db`,
    clock: systemClock,
    retention: { tickDays: 7, candleDays: 7, maxBytes: 2 ** 31 },
  });
  const opens = startOfSeoulDay(seoulDay(Date.now()) - 1) + 9 * 3_600_000;
  const apart = Math.floor(SESSION_MS / count);
  for (let from = 0; from < count; from += 10_000) {
    const trades = Array.from({ length: Math.min(10_000, count - from) }, (_, index) => ({
      ...tradeAt(from + index, 0),
      symbol: "005930",
      eventTime: opens + (from + index) * apart,
    }));
    await series.write({ trades, quotes: [] });
  }
  const times: number[] = [];
  let fires = 0;
  await withControl(async ({ json }) => {
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      const { status, body } = await json("POST", "/v1/rules:test", { ...ruleOf(0), value: 1 });
      if (status !== 200) throw new Error(`rules:test answered ${status}: ${JSON.stringify(body)}`);
      times.push(performance.now() - begun);
      fires = body.fires;
    }
  }, { series, engine: await compileEngine(await Deno.readFile(ENGINE_WASM)) });
  await Deno.remove(folder, { recursive: true });
  return {
    scenario: "control-trial",
    trades: count,
    fires,
    p50_ms: quantile(times, 0.5),
    max_ms: quantile(times, 1),
  };
}

/** From 09:00 to 15:30. */
const SESSION_MS = 6.5 * 3_600_000;
