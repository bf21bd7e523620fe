/** The program within the memory of a container: a control group with the chart's limit. */
import { expect } from "expect";
import { parse } from "yaml";
import { dayTrades, phasesOf } from "../../scripts/market_day/market.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { MemoryGroup, missingMemoryGroup } from "../support/memory_group.ts";
import { partTest } from "../support/part.ts";
import { inFolder, replayArgs } from "../support/replays.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const MIB = 1024 * 1024;
const GROUPS = { part: "Linux's control groups", missing: missingMemoryGroup };
/** Deno takes any value of DENO_USE_CGROUPS for yes. */
const WITHOUT = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", NO_COLOR: "1" };
const ENV = { ...WITHOUT, DENO_USE_CGROUPS: "1" };

partTest("V8 takes the container's memory for its own, and only with DENO_USE_CGROUPS", GROUPS, async () => {
  const heap = async (env: Record<string, string>) => {
    await using group = await MemoryGroup.make(512 * MIB);
    const script = 'import v8 from "node:v8"; console.log(v8.getHeapStatistics().heap_size_limit)';
    const { stdout } = await group.command(Deno.execPath(), ["eval", script], { env, clearEnv: true })
      .output();
    return Number(new TextDecoder().decode(stdout)) / MIB;
  };
  expect(await heap(ENV)).toBeLessThan(400);
  expect(await heap(WITHOUT)).toBeGreaterThan(512);
});

partTest(
  "what makes much garbage lives within the limit, and is killed without DENO_USE_CGROUPS",
  GROUPS,
  async () => {
    const churn = `const kept = []; const end = Date.now() + 3000;
for (let at = 0; Date.now() < end; at++) kept[at % 4000] = { text: "x".repeat(50) + at, list: Array.from({ length: 500 }, (_, k) => k + at) };`;
    const run = async (env: Record<string, string>) => {
      await using group = await MemoryGroup.make(128 * MIB);
      const { success } = await group.command(Deno.execPath(), ["eval", churn], {
        env,
        clearEnv: true,
        stderr: "null",
      })
        .output();
      return { success, killed: await group.killed() > 0 };
    };
    expect(await run(ENV)).toEqual({ success: true, killed: false });
    expect(await run(WITHOUT)).toEqual({ success: false, killed: true });
  },
);

partTest(
  "every role in one process works off a burst within the least limit of the chart",
  GROUPS,
  async () => {
    const limit = await leastLimit();
    await inFolder(async (folder) => {
      const trades = dayTrades({ seed: 1, symbols: 500, phases: phasesOf({ seconds: 60, peak: 3_000 }) });
      const lines = trades.map((trade) => encodeTrade(trade)).toArray();
      await Deno.writeTextFile(`${folder}/trades.ndjson`, `${lines.join("\n")}\n`);
      await using group = await MemoryGroup.make(limit);
      const words = replayArgs(`${folder}/trades.ndjson`, `${folder}/data`);
      const { code, stderr } = await group.command(
        Deno.execPath(),
        ["run", "--no-prompt", "-A", `${ROOT}src/cli/main.ts`, ...words],
        { env: ENV, stdout: "null", stderr: "piped" },
      ).output();
      const peak = await group.peak();
      console.log(`${lines.length} trades at once: at most ${Math.round(peak / MIB)} of ${limit / MIB} MiB`);
      expect({ code, killed: await group.killed(), said: code === 0 ? "" : new TextDecoder().decode(stderr) })
        .toEqual({ code: 0, killed: 0, said: "" });
      expect(lines.length).toBeGreaterThan(20_000);
    });
  },
);

/** The least limit that a role has in the chart, bytes. */
async function leastLimit(): Promise<number> {
  const files = ["values.yaml", "charts/producer/values.yaml", "charts/consumer/values.yaml"];
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(`${ROOT}helm/stock-app/${file}`)));
  const limits = texts.flatMap((text) => {
    const values = parse(text) as Record<string, unknown>;
    return [values, ...Object.values(values)].flatMap((each) => {
      const { resources } = (each ?? {}) as { resources?: { limits?: { memory?: string } } };
      return resources?.limits?.memory ?? [];
    });
  });
  expect(limits.length).toBe(5);
  const units: Readonly<Record<string, number>> = { Mi: MIB, Gi: 1024 * MIB, G: 1e9 };
  return Math.min(...limits.map((text) => {
    const [, amount, unit] = /^(\d+)(Mi|Gi|G)$/.exec(text) ?? [];
    return Number(amount) * (units[unit as string] as number);
  }));
}
