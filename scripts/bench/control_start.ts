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

/** The product in a folder of its own. */
export interface Started {
  readonly url: string;
  readonly key: string;
  readonly folder: string;
  /** Ends it, so that its files can be read; it ends by itself otherwise. */
  stop(): Promise<number>;
}

/** Runs the product in a folder of its own. */
export async function withStart<T>(body: (started: Started) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const { url, apiKey: key, stop } = await startTickbell(folder);
    let ended: Promise<number> | undefined;
    const end = () => ended ??= stop();
    try {
      return await body({ url, key, folder, stop: end });
    } finally {
      await end();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
