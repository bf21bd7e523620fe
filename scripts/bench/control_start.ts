import { startTickbell } from "../../tests/support/tickbell.ts";

const SYMBOLS = ["005930", "000660", "035720", "035420", "005380"];

/** A rule that never fires. */
export function ruleOf(index: number): Record<string, unknown> {
  return {
    symbol: SYMBOLS[index % SYMBOLS.length],
    kind: "target_price",
    comparator: "gte",
    value: 10_000_000 + index,
    recipients: ["bench@example.com"],
  };
}

/** @returns a part of the times, in their unit, to a tenth. */
export function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) * 10) / 10;
}

/** Runs the product in a folder of its own. */
export async function withStart<T>(body: (api: { url: string; key: string }) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const { url, apiKey: key, stop } = await startTickbell(folder);
    try {
      return await body({ url, key });
    } finally {
      await stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
