/**
 * The stream as it ships: the command `tickbell stream` with its defaults, as a process, on a broker started with its
 * own, beside the loop one writes first with kafkajs; the same trades and rules, the same alerts, in turns.
 *
 *     deno task bench stream -- [--trades N] [--repeat 5] [--rules 1000,100000] [--only run,latency,start] [--log-level warning]
 *
 * CPU is the whole process's, from Linux's /proc, between its first and its last alert. The naive loop is given the first
 * 20,000 trades where it would take minutes. A start with a million rules comes first, once. Rows: each run, then the
 * medians with the least and the most of each figure.
 *
 * @module
 */
import { builtProgram } from "../../src/cli/built_program.ts";
import { v8Flags } from "../../src/cli/v8_flags.ts";
import { systemClock } from "../../src/core/clock.ts";
import { seoulDay, startOfSeoulDay } from "../../src/market/seoul_time.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { TOPICS } from "../../src/ports/topics.ts";
import { startKafka } from "../../tests/support/kafka_broker.ts";
import type { TestTopics } from "../../tests/support/kafka_log.ts";
import type { Scenario } from "../bench.ts";
import { makeWorld, type World } from "./engine_world.ts";
import {
  alertIds,
  fillRules,
  fillTrades,
  oracle,
  PARTITIONS,
  round,
  SEED,
  start,
  taskOf,
  withTopics,
} from "./kafka_rig.ts";

const HOUR_MS = 3_600_000;
/** The trades span this long, so that windows open and close. */
const SPAN_MS = 3 * HOUR_MS;
const NAIVE_TRADES = 20_000;
const PER_SECOND = 1_000;
const WARM_MS = 3_000;
const START_RULES = 1_000_000;
const START_TRADES = 1_000;
/** As the launcher runs it: from what is built, where it is newer than the sources. */
const MAIN = builtProgram("main.ts") ?? new URL("../../src/cli/main.ts", import.meta.url).pathname;

type Mode = "stream" | "naive";
type Row = Readonly<Record<string, unknown>>;

interface Options {
  readonly brokers: readonly string[];
  readonly trades: number;
  readonly rules: number;
  readonly logLevel: string | undefined;
}

export const scenarios: Record<string, Scenario> = {
  "stream": async ({ args }) => {
    const value = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
    const only = (value("--only") ?? "run,latency,start").split(",");
    const repeat = Number(value("--repeat") ?? 5);
    const rules = (value("--rules") ?? "1000,100000").split(",").map(Number);
    const kafka = await startKafka(1);
    const shared = {
      brokers: kafka.brokers,
      trades: Number(value("--trades") ?? 1_000_000),
      logLevel: value("--log-level"),
    };
    const rows: Row[] = [];
    const note = (row: Row) => {
      console.error(JSON.stringify(row));
      rows.push(row);
    };
    try {
      if (only.includes("start")) note({ run: 1, ...await ready(shared) });
      for (let run = 1; run <= repeat; run++) {
        for (const mode of ["stream", "naive"] as const) {
          for (const count of only.includes("run") ? rules : []) {
            note({ run, ...await backlog(mode, { ...shared, rules: count }) });
          }
          if (only.includes("latency")) note({ run, ...await paced(mode, { ...shared, rules: 1_000 }) });
        }
      }
    } finally {
      await kafka.stop();
    }
    return [...rows, ...medians(rows)];
  },
};

interface Given {
  readonly world: World;
  /** The ids of the alerts that are to come of it. */
  readonly expected: ReadonlySet<string>;
}

const worlds = new Map<string, Given>();

/** Rules and trades of a size: the same in every run of a bench. */
function given(rules: number, trades: number): Given {
  const name = `${rules}/${trades}`;
  const known = worlds.get(name);
  if (known !== undefined) return known;
  const world = spanned(makeWorld({ seed: SEED, rules, trades }), trades);
  const made = { world, expected: oracle(world) };
  worlds.set(name, made);
  return made;
}

/** A million trades are there, then the process is started. */
async function backlog(mode: Mode, options: Options): Promise<Row> {
  const { rules } = options;
  const trades = mode === "naive" && rules > 1_000 ? Math.min(NAIVE_TRADES, options.trades) : options.trades;
  const { world, expected } = given(rules, trades);
  return await withTopics(options.brokers, async (made, log) => {
    await fillRules(log, world);
    await fillTrades(log, world);
    const began = performance.now();
    const measured = run(mode, made, options);
    try {
      const first = await grown(log, 1, measured);
      const firstAlertMs = first.at - began;
      const last = await grown(log, expected.size, measured);
      const seconds = (last.at - first.at) / 1000;
      const ids = await alertIds(log);
      return {
        what: mode,
        rules,
        trades,
        cpu_seconds_per_million: round((last.cpu - first.cpu) / trades * 1e6),
        trades_per_second: Math.round(trades / seconds),
        first_alert_ms: Math.round(firstAlertMs),
        cpu_seconds_to_first_alert: round(first.cpu),
        last_alert_ms: Math.round(last.at - began),
        cpu_seconds_to_last_alert: round(last.cpu),
        peak_mb: await peakMemory(measured.pid),
        alerts: ids.length,
        equal: ids.length === expected.size && ids.every((id) => expected.has(id)),
      };
    } finally {
      await measured.end();
    }
  });
}

/**
 * A million rules and a few trades: until its first alert, which the first partition gives that is ready, until its last,
 * which the last one does, and what memory that takes.
 */
async function ready(options: Omit<Options, "rules">): Promise<Row> {
  const trades = START_TRADES;
  const row = await backlog("stream", { ...options, trades, rules: START_RULES });
  const { cpu_seconds_per_million: _, trades_per_second: _of, ...start } = row;
  return { ...start, what: "stream starts" };
}

/** A thousand trades a second; windows of a second, so that rules fire again and again. */
async function paced(mode: Mode, options: Options): Promise<Row> {
  const world = makeWorld({ seed: SEED, rules: options.rules, trades: 20_000 });
  return await withTopics(options.brokers, async (made, log) => {
    await fillRules(log, world);
    const measured = run(mode, made, options, 1_000);
    try {
      await systemClock.sleep(WARM_MS);
      const before = cpuSeconds(measured.pid);
      const began = performance.now();
      const waits = await tradeToAlert(log, world);
      const share = (cpuSeconds(measured.pid) - before) / (performance.now() - began) * 1000;
      const at = (part: number) => round(waits[Math.floor(waits.length * part)] ?? NaN);
      return {
        what: `${mode} at ${PER_SECOND}/s`,
        rules: options.rules,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: round(waits.at(-1) ?? NaN),
        core_percent: round(share * 100),
        peak_mb: await peakMemory(measured.pid),
        alerts: waits.length,
      };
    } finally {
      await measured.end();
    }
  });
}

/** From the append of each trade that fires to its alert read back, ms, sorted. */
async function tradeToAlert(log: EventLog, world: World): Promise<readonly number[]> {
  const appended = new Map<number, number>();
  const waits: number[] = [];
  const stop = new AbortController();
  const decoder = new TextDecoder();
  const warm = Date.now() + WARM_MS;
  const follow = Array.from({ length: PARTITIONS }, async (_, partition) => {
    for await (const batch of log.read({ topic: "alerts", partition, from: 0, signal: stop.signal })) {
      const now = performance.now();
      for (const { value } of batch.records) {
        const { eventTime } = JSON.parse(decoder.decode(value ?? undefined));
        const at = appended.get(eventTime);
        if (at !== undefined && eventTime > warm) waits.push(now - at);
      }
    }
  });
  const began = Date.now();
  for (let sent = 0; sent < world.trades.length;) {
    const due = Math.min(world.trades.length, (Date.now() - began) * PER_SECOND / 1000);
    for (; sent < due; sent++) {
      const trade = { ...world.trades[sent] as World["trades"][number], eventTime: began + sent };
      appended.set(trade.eventTime, performance.now());
      const { symbol: key, eventTime: timestamp } = trade;
      void log.append([{ topic: "trades", key, value: encodeTrade(trade), timestamp }]);
    }
    await systemClock.sleep(1);
  }
  await systemClock.sleep(1_000);
  stop.abort();
  await Promise.all(follow);
  return waits.sort((a, b) => a - b);
}

/** The process that is measured. */
interface Measured {
  readonly pid: number;
  /** Throws when it has ended by itself. */
  check(): void;
  end(): Promise<void>;
}

function run(mode: Mode, made: TestTopics, options: Options, windowMs = HOUR_MS): Measured {
  const process = mode === "naive"
    ? startNaive(made, options, windowMs)
    : startStream(made, options, windowMs);
  let code: number | undefined;
  void process.status.then((status) => code = status.code);
  return {
    pid: process.pid,
    check: () => {
      if (code !== undefined) throw new Error(`the ${mode} process has ended with ${code}`);
    },
    end: async () => {
      if (code === undefined) process.kill("SIGKILL");
      await process.status;
    },
  };
}

function startNaive(made: TestTopics, { rules }: Options, windowMs: number): Deno.ChildProcess {
  return start(taskOf(made, { mode: "naive", rules, trades: 0, windowMs, forever: true })).process;
}

/** The command as it is deployed: its output to a file, as a container's goes to its log. */
function startStream(made: TestTopics, { logLevel }: Options, windowMs: number): Deno.ChildProcess {
  const topics = TOPICS.flatMap((topic) => [`--topic-${topic}`, made.names[topic]]);
  const args = [
    "stream",
    "--brokers",
    made.brokers.join(),
    "--group-prefix",
    made.groupPrefix,
    "--metrics-port",
    "0",
  ];
  if (windowMs !== HOUR_MS) args.push("--window-ms", String(windowMs));
  if (logLevel !== undefined) args.push("--log-level", logLevel);
  return new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$0" "$@" >/dev/null 2>&1',
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      ...v8Flags("stream"),
      MAIN,
      ...args,
      ...topics,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Resolves when so many alerts are in the topic: when that was seen, and the process's CPU seconds then. */
async function grown(log: EventLog, count: number, measured: Measured): Promise<{ at: number; cpu: number }> {
  const deadline = performance.now() + 600_000;
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  for (;;) {
    const bounds = await Promise.all(partitions.map((partition) => log.bounds("alerts", partition)));
    const there = bounds.reduce((sum, { end }) => sum + end, 0);
    if (there >= count) return { at: performance.now(), cpu: cpuSeconds(measured.pid) };
    measured.check();
    if (performance.now() > deadline) throw new Error(`${there} of ${count} alerts after ten minutes`);
    await systemClock.sleep(5);
  }
}

/**
 * Three hours of one day of Seoul, the last that are over: what a stream does once a day, when it turns, would be in some
 * runs and not in others.
 */
function spanned(world: World, count: number): World {
  const recent = Math.floor((Date.now() - SPAN_MS) / HOUR_MS) * HOUR_MS;
  const midnight = startOfSeoulDay(seoulDay(recent + SPAN_MS - 1));
  const from = recent < midnight ? midnight - SPAN_MS : recent;
  const trades = world.trades.map((trade, index) => ({
    ...trade,
    eventTime: from + Math.floor(index * SPAN_MS / Math.max(1, count)),
  }));
  return { ...world, trades };
}

/** User and system time of a process and its threads so far; ticks are hundredths. */
function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most memory a process has had, MiB. */
async function peakMemory(pid: number): Promise<number> {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kib) / 1024);
}

/** For each kind of run the median of each figure, and its least and most. */
function medians(rows: readonly Row[]): Row[] {
  return [...Map.groupBy(rows, ({ what, rules }) => `${what} ${rules}`).values()].map((runs) => {
    const [first] = runs as [Row];
    const figures = Object.entries(first).map(([name, value]) => {
      if (typeof value !== "number" || name === "run" || name === "rules" || name === "trades") {
        return [name, value];
      }
      const sorted = runs.map((row) => row[name] as number).sort((a, b) => a - b);
      const [least, most] = [sorted[0], sorted.at(-1)];
      return [name, `${sorted[sorted.length >> 1]} (${least} to ${most})`];
    });
    return { ...Object.fromEntries(figures), run: `median of ${runs.length}` };
  });
}
