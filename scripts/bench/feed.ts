/**
 * The feed: KIS frames from a socket to the log.
 *
 * @module
 */
import process from "node:process";
import type { Scenario } from "../bench.ts";
import { KisSource } from "../../src/adapters/kis/kis_source.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { MarketCalendar } from "../../src/market/calendar.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { BENCH_APP, SYMBOLS } from "./feed_server.ts";

const FRAMES = 200_000;
/** Steps of 5 ms without a frame after which no more is awaited. */
const IDLE_STEPS = 600;

/** The feed's scenarios. */
export const scenarios: Record<string, Scenario> = {
  /** A server in a process of its own sends frames as fast as they are taken: WebSocket, adapter, producer, SQLite. */
  "feed": async () => [await socketToLog()],
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

if (import.meta.main) {
  for (const [name, run] of Object.entries(scenarios)) {
    if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
    for (const row of await run({ json: true, args: [] })) {
      console.log(JSON.stringify({ scenario: name, ...row }));
    }
  }
}
