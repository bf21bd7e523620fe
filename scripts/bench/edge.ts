/**
 * A whole box, `tickbell start` on its embedded parts with the simulated market: how small it is.
 *
 *     deno task bench edge [-- SECONDS WARM_SECONDS]
 *
 * @module
 */
import { builtProgram } from "../../src/cli/built_program.ts";
import { v8Flags } from "../../src/cli/v8_flags.ts";
import type { Scenario } from "../bench.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Clock ticks a second of /proc. */
const TICKS = 100;
/** What a box is given before it is measured, s: the log packs what is a minute old, and uses the room again. */
const WARM_S = 70;

export const scenarios: Record<string, Scenario> = {
  "edge": async ({ args: [seconds = "30", warm = String(WARM_S)] }) => {
    const rows: Record<string, unknown>[] = [];
    for (const rate of [50, 1_000]) {
      rows.push(await box(rate, { seconds: Number(seconds), warm: Number(warm) }));
    }
    return rows;
  },
};

/** One box at a rate: the time of a warm start, then memory, CPU and disk over some seconds. */
async function box(
  rate: number,
  { seconds, warm }: { readonly seconds: number; readonly warm: number },
): Promise<Record<string, unknown>> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-bench-edge-" });
  try {
    // The first start makes the files and fills the caches of what is compiled.
    await (await start(dataDir, rate)).stop();
    const running = await start(dataDir, rate);
    await sleep(warm * 1_000);
    const before = await look(running.pid, dataDir, running.url);
    await sleep(seconds * 1_000);
    const after = await look(running.pid, dataDir, running.url);
    await running.stop();
    const trades = after.trades - before.trades;
    return {
      trades_per_second: Math.round(trades / seconds),
      warm_start_s: round(running.startedMs / 1_000),
      rss_mb: Math.round(after.rssBytes / 2 ** 20),
      cpu_percent: round((after.cpuSeconds - before.cpuSeconds) / seconds * 100),
      disk_bytes_a_trade: Math.round((after.diskBytes - before.diskBytes) / trades),
      events_bytes_a_trade: Math.round((after.eventsBytes - before.eventsBytes) / trades),
      series_bytes_a_trade: Math.round((after.seriesBytes - before.seriesBytes) / trades),
    };
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function start(dataDir: string, rate: number) {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      ...v8Flags("start"),
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-net=127.0.0.1,localhost",
      builtProgram("main.ts") ?? `${ROOT}src/cli/main.ts`,
      "start",
      "--port",
      "0",
      "--data-dir",
      dataDir,
      "--rate",
      String(rate),
      // As after the first hour: order books go as fast as they come.
      "--series-quote-minutes",
      "1",
    ],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let text = "";
  let url: string | undefined;
  const reader = lines.getReader();
  while (url === undefined) {
    const { done, value = "" } = await reader.read();
    if (done) throw new Error(`the box ended:\n${text}`);
    text += value;
    url = /^ {2}API +(\S+)/m.exec(text)?.[1];
  }
  const startedMs = performance.now() - began;
  const drained = (async () => {
    while (!(await reader.read()).done);
  })();
  return {
    url: new URL(url).origin,
    pid: child.pid,
    startedMs,
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
      await drained;
    },
  };
}

/** What the process and its files are at a moment. */
async function look(pid: number, dataDir: string, url: string) {
  const [status, stat, metrics] = await Promise.all([
    Deno.readTextFile(`/proc/${pid}/status`),
    Deno.readTextFile(`/proc/${pid}/stat`),
    fetch(`${url}/metrics`).then((response) => response.text()),
  ]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const eventsBytes = await bytesOf(dataDir, "events.db");
  const seriesBytes = await bytesOf(dataDir, "series.db");
  return {
    rssBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    trades: Number(
      /^tickbell_producer_published_records_total\{[^}]*topic="trades"[^}]*\} (\d+)/m.exec(metrics)?.[1],
    ),
    eventsBytes,
    seriesBytes,
    diskBytes: eventsBytes + seriesBytes,
  };
}

/** A database, without the log of changes beside it, which is used again and again. */
function bytesOf(folder: string, name: string): Promise<number> {
  return Deno.stat(`${folder}/${name}`).then(({ size }) => size, () => 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
