import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { EMBEDDED_PARTITIONS } from "../../src/cli/open_embedded_log.ts";
import { systemClock } from "../../src/core/clock.ts";

/** Runs it with a folder of its own, which is removed after. */
export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-replay-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The words of a `start` that replays a file as fast as it goes, and ends. */
export function replayArgs(file: string, dataDir: string, rest: readonly string[] = []): string[] {
  const args = ["--source", "replay", "--file", file, "--speed", "max", "--exit-when-done", "--port", "0"];
  return ["start", ...args, "--data-dir", dataDir, ...rest];
}

/** The trades and quotes in a log of a folder, as text. */
export async function logged(folder: string): Promise<{ trades: string[]; quotes: string[] }> {
  const log = await openSqliteLog({
    path: `${folder}/events.db`,
    partitions: EMBEDDED_PARTITIONS,
    clock: systemClock,
  });
  const found = { trades: [] as string[], quotes: [] as string[] };
  try {
    for (const topic of ["trades", "quotes"] as const) {
      for (let partition = 0; partition < EMBEDDED_PARTITIONS; partition++) {
        const { start, end } = await log.bounds(topic, partition);
        for await (const { records } of log.read({ topic, partition, from: start, to: end })) {
          found[topic].push(...records.map(({ value }) => new TextDecoder().decode(value ?? undefined)));
        }
      }
    }
  } finally {
    await log.close();
  }
  return found;
}
