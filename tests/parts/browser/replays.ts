import { startTickbell, type Tickbell } from "../../support/tickbell.ts";

/** The day of the replays. */
const OPENING = Date.parse("2026-11-27T10:00:00+09:00");

/** A trade of a replay, `at` ms after ten o'clock. */
export interface MadeTrade {
  readonly symbol: string;
  readonly at: number;
  readonly price: number;
  readonly volume: number;
}

/** A program that replays trades, ascending by time; `options` are more flags. Stopped, it leaves nothing. */
export async function startReplay(
  trades: Iterable<MadeTrade>,
  options: readonly string[],
): Promise<Tickbell & { readonly dataDir: string }> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-replay-" });
  await Deno.writeTextFile(`${dataDir}/day.ndjson`, linesOf(trades));
  const replay = ["--source", "replay", "--file", `${dataDir}/day.ndjson`];
  const tickbell = await startTickbell(dataDir, [...replay, ...options]);
  const stop = async () => {
    const code = await tickbell.stop();
    await Deno.remove(dataDir, { recursive: true });
    return code;
  };
  return { ...tickbell, dataDir, stop };
}

/** The trades as the replay reads them, with what the day was until each. */
function linesOf(trades: Iterable<MadeTrade>): string {
  const days = new Map<string, { base: number; high: number; low: number; volume: number; value: number }>();
  const lines: string[] = [];
  for (const { symbol, at, price, volume } of trades) {
    const day = days.get(symbol) ?? { base: price, high: price, low: price, volume: 0, value: 0 };
    days.set(symbol, day);
    day.high = Math.max(day.high, price);
    day.low = Math.min(day.low, price);
    day.volume += volume;
    day.value += volume * price;
    const change = price - day.base;
    lines.push(JSON.stringify({
      symbol,
      eventTime: OPENING + at,
      price,
      sign: change > 0 ? "2" : change < 0 ? "5" : "3",
      change,
      rate: Math.round(change / day.base * 10_000) / 100,
      open: day.base,
      high: day.high,
      low: day.low,
      volume,
      accVolume: day.volume,
      accValue: day.value,
      ask: price + 100,
      bid: price,
      halted: "N",
    }));
  }
  return `${lines.join("\n")}\n`;
}
