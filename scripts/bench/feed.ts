/**
 * The feed: KIS frames from a socket to the log, and KIS text to alerts in WASM beside a parser that splits.
 *
 * @module
 */
import process from "node:process";
import type { Scenario } from "../bench.ts";
import { KisSource } from "../../src/adapters/kis/kis_source.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Engine } from "../../src/engine/engine.ts";
import { MarketCalendar } from "../../src/market/calendar.ts";
import { decodeFrame, joinFrame } from "../../src/market/kis/frame.ts";
import { writeTrade } from "../../src/market/kis/trade_record.ts";
import type { Trade } from "../../src/market/trade.ts";
import { Producer } from "../../src/roles/producer.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { makeWorld } from "./engine_world.ts";
import { BENCH_APP, SYMBOLS } from "./feed_server.ts";
import { NaiveLoop } from "./naive_loop.ts";

const WINDOW_MS = 3_600_000;
const FRAMES = 200_000;
/** Steps of 5 ms without a frame after which no more is awaited. */
const IDLE_STEPS = 600;
const PARSED_TRADES = 200_000;

/** The feed's scenarios. */
export const scenarios: Record<string, Scenario> = {
  /** A server in a process of its own sends frames as fast as they are taken: WebSocket, adapter, producer, SQLite. */
  "feed": async () => [await socketToLog()],
  /** KIS text to fired rules, by three readers. */
  "feed-parse": async () => [await textToAlerts()],
};

async function socketToLog(): Promise<Record<string, unknown>> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", new URL("./feed_server.ts", import.meta.url).pathname, String(FRAMES)],
    stdout: "piped",
    stdin: "piped",
  }).spawn();
  const port = Number((await firstLine(server.stdout)).trim());
  const log = await openSqliteLog({ path: `${folder}/log.db`, partitions: 2, clock: systemClock });
  const url = `127.0.0.1:${port}`;
  const producer = new Producer({
    log,
    source: new KisSource({
      environment: {
        name: "real",
        restUrl: `http://${url}`,
        socketUrl: `ws://${url}/tryitout`,
        complete: true,
      },
      apps: [BENCH_APP],
      venue: "KRX",
      tradesOnly: false,
      registrations: 100,
      customerType: "P",
      always: true,
      calendar: new MarketCalendar(),
      clock: systemClock,
      random: Math.random,
      timings: { paceMs: 1 },
    }),
    clock: systemClock,
    random: Math.random,
    symbols: SYMBOLS,
  });
  const stop = new AbortController();
  const running = producer.run(stop.signal);
  try {
    while (producer.stats.frames === 0) await systemClock.sleep(1);
    const began = performance.now();
    const cpu = process.cpuUsage();
    const first = producer.stats.frames;
    const { ms, used } = await untilTheLast(producer, began, cpu);
    const frames = producer.stats.frames - first;
    return {
      frames,
      trades: producer.stats.trades,
      quotes: producer.stats.quotes,
      dropped: Math.max(0, FRAMES - producer.stats.frames),
      frames_per_s: Math.round((frames / ms) * 1000),
      cpu_us_per_frame: Math.round((used.user + used.system) / frames * 10) / 10,
      frames_per_cpu_s: Math.round(frames / ((used.user + used.system) / 1e6)),
    };
  } finally {
    stop.abort();
    await running;
    await log.close();
    server.kill("SIGKILL");
    await server.stdin.close().catch(() => {});
    await server.stdout.cancel().catch(() => {});
    await server.status;
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits for the last frame; a feed that is faster than the log loses some, and then ends with a silence. */
async function untilTheLast(producer: Producer, began: number, cpu: ReturnType<typeof process.cpuUsage>) {
  let last = { frames: -1, ms: 0, used: cpu };
  for (let idle = 0; idle < IDLE_STEPS && producer.stats.frames < FRAMES; idle++) {
    const { frames } = producer.stats;
    if (frames !== last.frames) {
      last = { frames, ms: performance.now() - began, used: process.cpuUsage(cpu) };
      idle = 0;
    }
    await systemClock.sleep(5);
  }
  if (producer.stats.frames === last.frames) return last;
  return { ms: performance.now() - began, used: process.cpuUsage(cpu) };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server of the bench ended at once");
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}

async function textToAlerts(): Promise<Record<string, unknown>> {
  const world = makeWorld({ seed: 20_251_126, rules: 1_000, trades: PARSED_TRADES });
  const frames = world.trades.map((trade) => joinFrame("H0STCNT0", [writeTrade({ ...EXTRAS, ...trade })]));
  const encoder = new TextEncoder();
  const lines = frames.map((frame) => encoder.encode(frame));
  const batches: Uint8Array[] = [];
  for (let start = 0; start < frames.length; start += 500) {
    batches.push(encoder.encode(`${frames.slice(start, start + 500).join("\n")}\n`));
  }
  const engine = async () => {
    const made = new Engine(await engineModule(), { windowMs: WINDOW_MS });
    made.load(world.rules);
    return made;
  };
  const split = () => {
    const loop = new NaiveLoop(world.rules, WINDOW_MS);
    let fired = 0;
    for (const line of lines) for (const trade of splitFrame(line)) loop.evaluate(trade, () => fired++);
    return fired;
  };
  const table = () => lines.reduce((sum, line) => sum + decodeFrame(line, 0).trades.length, 0);
  const wasm = (made: Engine) => {
    let fired = 0;
    let offset = 0;
    for (const bytes of batches) {
      const result = made.evaluate({ framing: "kis", bytes, fromOffset: offset });
      offset = result.nextOffset;
      fired += result.matches.length;
    }
    return fired;
  };
  const rounds: (readonly [Measured, Measured, Measured])[] = [];
  // The first round warms up; of the others the best of each counts, on a machine that does other work too.
  for (let round = 0; round < 4; round++) {
    const fresh = await engine();
    rounds.push([measure(split), measure(table), measure(() => wasm(fresh))]);
  }
  const best = (column: 0 | 1 | 2) => Math.min(...rounds.slice(1).map((round) => round[column].ns));
  const [a, b, c] = [best(0), best(1), best(2)];
  return {
    trades: PARSED_TRADES,
    bytes: Math.round(lines.reduce((sum, line) => sum + line.length, 0) / lines.length),
    ns_split_to_alert: a,
    ns_table_parse: b,
    ns_wasm_to_alert: c,
    split_over_wasm: Math.round((a / c) * 10) / 10,
    equal: rounds.every((round) => round[0].result === round[2].result),
  };
}

interface Measured {
  readonly ns: number;
  readonly result: number;
}

function measure(run: () => number): Measured {
  const began = performance.now();
  const result = run();
  return { ns: Math.round(((performance.now() - began) * 1e6) / PARSED_TRADES), result };
}

const utf8 = new TextDecoder();

/** What a first version of a KIS parser does: split, Number, an object. It checks nothing. */
function splitFrame(bytes: Uint8Array): Trade[] {
  const [, , count, payload] = utf8.decode(bytes).split("|") as [string, string, string, string];
  const fields = payload.split("^");
  const width = fields.length / Number(count);
  const trades: Trade[] = [];
  for (let start = 0; start < fields.length; start += width) {
    const f = (index: number) => fields[start + index] as string;
    const [date, hour] = [f(33), f(1)];
    const day = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)));
    const time = Number(hour.slice(0, 2)) * 3600 + Number(hour.slice(2, 4)) * 60 + Number(hour.slice(4));
    const eventTime = day + time * 1000 - 32_400_000;
    trades.push({
      symbol: f(0),
      eventTime,
      price: Number(f(2)),
      sign: f(3) as Trade["sign"],
      change: Number(f(4)),
      rate: Number(f(5)),
      open: Number(f(7)),
      high: Number(f(8)),
      low: Number(f(9)),
      volume: Number(f(12)),
      accVolume: Number(f(13)),
      accValue: Number(f(14)),
      ask: Number(f(10)),
      bid: Number(f(11)),
      halted: f(35) as Trade["halted"],
      session: f(43),
    });
  }
  return trades;
}

/** The fields of a full frame that the made-up trades do not have. */
const EXTRAS = {
  side: "1",
  strength: 136.06,
  weightedAverage: 71690.5,
  viBase: 71000,
  turnover: 0.14,
  sellCount: 21115,
  buyCount: 28170,
  sellVolume: 3060313,
  buyVolume: 4163762,
  buyRate: 0.51,
  volumeRate: 29.46,
  openHour: "090014",
  highHour: "090708",
  lowHour: "090030",
  phase: "20",
  askSize: 93994,
  bidSize: 113056,
  totalAskSize: 1668973,
  totalBidSize: 822214,
  previousVolume: 10584139,
  previousVolumeRate: 78.47,
};

if (import.meta.main) {
  for (const [name, run] of Object.entries(scenarios)) {
    if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
    for (const row of await run({ json: true, args: [] })) {
      console.log(JSON.stringify({ scenario: name, ...row }));
    }
  }
}
