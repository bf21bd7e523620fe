/**
 * A market day pressed into minutes, through the real command on one machine: 2,700 symbols, 100,000 rules of all kinds, the
 * opening at 20,000 trades a second, the quiet midday, the close; killed (-9) at the end of the opening and started again. The
 * plain oracle says afterwards, trade by trade of the log, which alerts there must be:
 *
 *     deno task market-day [--seconds 120] [--rules 100000] [--peak 20000] [--symbols 2700] [--seed 1] [--no-kill] [--record]
 *
 * Exit code 1 when an alert is missing, wrong or double, or a trade is missing.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { decodeAlert } from "../src/alerts/codec.ts";
import { MADE_AT_HEADER } from "../src/alerts/since.ts";
import { openEmbeddedLog } from "../src/cli/open_embedded_log.ts";
import type { Trade } from "../src/market/trade.ts";
import { encodeTrade } from "../src/market/encode_trade.ts";
import { arrivalOf } from "../src/ports/arrival.ts";
import { freePorts } from "../tests/support/kafka_broker.ts";
import { allRecords } from "../tests/support/temporary_log.ts";
import { pause } from "../tests/torture/fault.ts";
import { API_KEY, atItsEnd, PatientApi, type Status } from "../tests/torture/patient_api.ts";
import { TortureProcess } from "../tests/torture/process.ts";
import { dayTrades, listing, phasesOf } from "./market_day/market.ts";
import { loadListing } from "../src/cli/wiring.ts";
import { expectedOf } from "./market_day/oracle.ts";
import { dayRules } from "./market_day/rules.ts";
import { noteRun } from "./reliability/record.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    rules: { type: "string", default: "100000" },
    peak: { type: "string", default: "20000" },
    symbols: { type: "string", default: "2700" },
    seed: { type: "string", default: "1" },
    "no-kill": { type: "boolean", default: false },
    record: { type: "boolean", default: false },
  },
});
const [seconds, ruleCount, peak, symbolCount, seed] = [
  values.seconds,
  values.rules,
  values.peak,
  values.symbols,
  values.seed,
].map(Number) as [
  number,
  number,
  number,
  number,
  number,
];
const folder = await Deno.makeTempDir({ prefix: "tickbell-market-day-" });
const url = `http://127.0.0.1:${freePorts(1)[0]}`;
const api = new PatientApi(url);
/** When it was killed, epoch ms. */
let killedAt = Infinity;
/** When it had nothing more of before to do, epoch ms. */
let caughtUpAt = Infinity;
const fault = Promise.withResolvers<never>();
fault.promise.catch(() => {});
const box = new TortureProcess("box", {
  folder,
  args: [
    ...["start", "--data-dir", `${folder}/data`, "--port", new URL(url).port, "--api-key", API_KEY],
    ...["--source", "replay", "--file", `${folder}/day.ndjson`, "--speed", "1"],
    ...["--rules", `${folder}/rules.ndjson`, "--symbols-file", `${folder}/symbols.json`],
    ...["--mail", "outbox", "--storm-per-minute", "0", "--log-max-mb", "8192"],
  ],
  ended: (said) => fault.reject(new Error(said)),
});

try {
  const report = await Promise.race([run(), fault.promise]);
  console.log(JSON.stringify(report, undefined, 2));
  if (values.record) await noteRun("market-day", report);
  Deno.exitCode = report.differences.length === 0 && report.missingTrades === 0 ? 0 : 1;
} finally {
  await box.kill();
  await Deno.remove(folder, { recursive: true });
}

async function run() {
  const phases = phasesOf({ seconds, peak });
  const trades = await writeDay(dayTrades({ seed, symbols: symbolCount, phases }));
  await Deno.writeTextFile(`${folder}/symbols.json`, JSON.stringify(listing(symbolCount)));
  const rules = dayRules({ seed, count: ruleCount, symbols: symbolCount });
  await Deno.writeTextFile(`${folder}/rules.ndjson`, rules.map((rule) => JSON.stringify(rule)).join("\n"));
  console.error(`${trades} trades, ${rules.length} rules; starting`);
  const began = performance.now();
  box.spawn();
  await until(({ source }) => source?.state === "open", 600_000);
  const loadedMs = performance.now() - began;
  console.error(`the market opens after ${Math.round(loadedMs / 1000)} s`);
  const memory: number[] = [];
  const stop = new AbortController();
  const watching = watchMemory(memory, stop.signal);
  const recovery = values["no-kill"] ? undefined : await killAtTheWorst(phases[0]!.seconds);
  const opened = performance.now();
  await until(atItsEnd, seconds * 3_000 + 600_000);
  const afterMs = performance.now() - opened;
  stop.abort();
  await watching;
  await box.stop();
  return {
    ...await check(trades),
    loadedS: seconds1(loadedMs),
    recovery,
    afterS: seconds1(afterMs),
    memoryMb: spread(memory),
  };
}

/** Kills it when the opening has just passed: the log is full of what is not evaluated yet. */
async function killAtTheWorst(openingS: number) {
  await pause(openingS * 1000);
  const before = await api.status();
  await box.kill();
  killedAt = Date.now();
  const killed = performance.now();
  box.spawn();
  await until(({ ready }) => ready, 600_000);
  const readyMs = performance.now() - killed;
  await until(
    ({ lag }) => lag.filter(({ role }) => role === "stream").every(({ records }) => records < 2_000),
    600_000,
  );
  caughtUpAt = Date.now();
  return {
    lagAtKill: before.lag.find(({ role }) => role === "stream")?.records ?? 0,
    readyAfterS: seconds1(readyMs),
    caughtUpAfterS: seconds1(performance.now() - killed),
  };
}

async function until(test: (status: Status) => boolean, ms: number): Promise<void> {
  const late = performance.now() + ms;
  for (;;) {
    const now = await api.status();
    if (test(now)) return;
    if (performance.now() > late) {
      throw new Error(`not so after ${ms} ms: ${JSON.stringify(now).slice(0, 2_000)}`);
    }
    await pause(250);
  }
}

async function watchMemory(samples: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const text = await Deno.readTextFile(`/proc/${box.pid}/status`).catch(() => "");
    const kib = Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? NaN);
    if (Number.isFinite(kib)) samples.push(Math.round(kib / 1024));
    await pause(1_000);
  }
}

async function writeDay(trades: Iterable<Trade>): Promise<number> {
  using file = await Deno.open(`${folder}/day.ndjson`, { write: true, create: true });
  const writer = file.writable.getWriter();
  const utf8 = new TextEncoder();
  let lines: string[] = [];
  let count = 0;
  for (const trade of trades) {
    lines.push(encodeTrade(trade));
    if (++count % 20_000 !== 0) continue;
    await writer.write(utf8.encode(`${lines.join("\n")}\n`));
    lines = [];
  }
  await writer.write(utf8.encode(`${lines.join("\n")}\n`));
  writer.releaseLock();
  return count;
}

/** Compares the alerts of the log with the oracle's, and says how late they were. */
async function check(given: number) {
  console.error("the oracle goes through the log");
  const log = await openEmbeddedLog(`${folder}/data/replay`);
  try {
    const records = await allRecords(log, "alerts");
    const alerts = records.map(({ value, headers }) => ({
      ...decodeAlert(value as Uint8Array),
      madeAt: Number(headers[MADE_AT_HEADER]),
    }));
    const fired = new Set(alerts.map(({ id }) => id));
    const arrivals = new Map<string, number>();
    let trades = 0;
    const expected = await expectedOf(log, await loadListing(`${folder}/symbols.json`), (record) => {
      trades++;
      arrivals.set(`${record.key}@${record.timestamp}`, arrivalOf(record));
    });
    const timed = alerts.map(({ symbol, eventTime, madeAt }) => ({
      madeAt,
      ms: madeAt - (arrivals.get(`${symbol}@${eventTime}`) ?? NaN),
    })).filter(({ ms }) => Number.isFinite(ms));
    const late = (some: typeof timed) => {
      // A replay's trades came at their own time: the fastest alert says by how much that differs from this machine's.
      const least = some.reduce((least, { ms }) => Math.min(least, ms), Infinity);
      return spread(some.map(({ ms }) => ms - least));
    };
    const differences = [
      ...[...expected].filter((id) => !fired.has(id)).map((id) => `missing ${id}`),
      ...[...fired].filter((id) => !expected.has(id)).map((id) => `wrong ${id}`),
    ];
    return {
      trades,
      missingTrades: given - trades,
      rules: ruleCount,
      symbols: symbolCount,
      peakPerSecond: peak,
      alerts: fired.size,
      repeatedAlertRecords: alerts.length - fired.size,
      differences: differences.slice(0, 20),
      differencesCount: differences.length,
      latencyMs: {
        beforeTheKill: late(timed.filter(({ madeAt }) => madeAt < killedAt)),
        afterIt: late(timed.filter(({ madeAt }) => madeAt >= caughtUpAt)),
      },
    };
  } finally {
    await log.close();
  }
}

function spread(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return {
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    most: at(1),
    last: values.at(-1) ?? null,
  };
}

function seconds1(ms: number): number {
  return Math.round(ms / 100) / 10;
}
