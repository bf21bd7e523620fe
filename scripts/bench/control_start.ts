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

/** Runs `deno … start` in a folder of its own. */
export async function withStart<T>(body: (api: { url: string; key: string }) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-net=127.0.0.1,localhost",
      "--allow-ffi",
      new URL("../../src/cli/main.ts", import.meta.url).pathname,
      "start",
      "--port=0",
      `--data-dir=${folder}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let printed = "";
    let match: RegExpExecArray | null = null;
    while ((match = /console\s+(http:\/\/[^/\s]+)\/[^]*API key/.exec(printed)) === null) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`start ended early: ${printed}`);
      printed += value;
    }
    const draining = (async () => {
      while (!(await reader.read()).done) { /* what start prints is not examined */ }
    })();
    const key = (await Deno.readTextFile(`${folder}/api-key`)).trim();
    const result = await body({ url: match[1]!, key });
    child.kill("SIGINT");
    await child.status;
    await draining;
    return result;
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}
