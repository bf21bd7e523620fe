import { expect } from "expect";
import { systemClock } from "../../core/clock.ts";
import { OPENING } from "../../../tests/contract/series_store.ts";
import { SqliteSeriesStore } from "./series_store.ts";

const CHILD = new URL("../../../tests/support/series_writer.ts", import.meta.url).pathname;
const ALL = { symbol: "005930", from: 0, to: 4_000_000_000_000, limit: 1_000_000 };

/**
 * Runs the writer until it has acknowledged some more, kills it with -9.
 *
 * @returns what it had acknowledged.
 */
async function killedAfter(path: string, from: number): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", "--allow-env", "--allow-sys", CHILD, path, String(from)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let acknowledged = from;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    // The last line may be cut by the kill.
    const whole = text.slice(0, text.lastIndexOf("\n")).split("\n");
    acknowledged = Math.max(acknowledged, ...whole.map(Number));
    if (acknowledged >= from + 200) break;
  }
  child.kill("SIGKILL");
  await child.status;
  return acknowledged;
}

Deno.test("what was acknowledged survives kill -9, and candles count every trade once when it is written again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-series-kill-" });
  try {
    const path = `${folder}/series.db`;
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      // From a little before: what a consumer does that had not committed its offset.
      acknowledged = await killedAfter(path, Math.max(0, acknowledged - 40));
    }
    const retention = { tickDays: 7, candleDays: 3650, maxBytes: 1e9 };
    const store = new SqliteSeriesStore({ path, clock: systemClock, retention });
    const trades = await store.trades(ALL);
    expect(trades.length).toBeGreaterThanOrEqual(acknowledged);
    expect(trades.map((trade) => trade.eventTime - OPENING)).toEqual(trades.map((_, index) => index));
    const candles = await store.candles({ ...ALL, interval: "1m" });
    expect(candles.reduce((sum, { volume }) => sum + volume, 0)).toBe(trades.length);
    await store.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
