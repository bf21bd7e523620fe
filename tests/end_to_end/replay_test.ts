import { expect } from "expect";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { EMBEDDED_PARTITIONS } from "../../src/cli/open_embedded_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { sampleLines } from "../../scripts/make_sample_day.ts";
import { mailsIn, runTickbell, startTickbell, until } from "../support/tickbell.ts";

const FRAMES = new URL("../fixtures/kis_frames.txt", import.meta.url).pathname;

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-replay-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function replayArgs(file: string, dataDir: string, rest: readonly string[] = []): string[] {
  const args = ["--source", "replay", "--file", file, "--speed", "max", "--exit-when-done", "--port", "0"];
  return ["start", ...args, "--data-dir", dataDir, ...rest];
}

const rule = {
  id: "a",
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "1000",
  recipients: ["kim@example.com"],
};

/** The trades and quotes in a log of a folder, as text. */
async function logged(folder: string): Promise<{ trades: string[]; quotes: string[] }> {
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

Deno.test("a recorded day fires in a data directory whose feed is later than it, under the feed's own rules, and touches nothing of the feed", () =>
  inFolder(async (folder) => {
    const data = `${folder}/data`;
    const live = await startTickbell(data, ["--rate", "500"]);
    const posted = await live.api("/v1/rules", { method: "POST", body: JSON.stringify(rule) });
    expect(posted.status).toBe(201);
    await posted.body?.cancel();
    await live.line(/rule a$/);
    expect(await live.stop()).toBe(0);
    const before = await logged(data);
    const { code, out, err } = await runTickbell(replayArgs(FRAMES, data));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/1 rule in force/);
    expect(out).toMatch(/^10:15:12 .* rule a$/m);
    expect(await logged(data)).toEqual(before);
    expect((await logged(`${data}/replay`)).trades.length).toBeGreaterThan(0);
  }));

Deno.test("a replay that is killed and started again publishes every trade once, and mails once", () =>
  inFolder(async (folder) => {
    const lines = sampleLines({ minutes: 8, seed: 3 });
    const file = `${folder}/day.kis`;
    await Deno.writeTextFile(file, `${lines.join("\n")}\n`);
    const rules = `${folder}/rules.json`;
    const symbol = /\|(\d{6})\^/.exec(lines[1]!)![1]!;
    await Deno.writeTextFile(rules, JSON.stringify([{ ...rule, symbol, value: "1" }]));
    const whole = await runTickbell(replayArgs(file, `${folder}/whole`, ["--rules", rules]));
    expect(whole.code).toBe(0);
    const truth = await logged(`${folder}/whole/replay`);

    const data = `${folder}/killed`;
    // Eight minutes in about four seconds, killed on the way, three times.
    const paced = ["--source", "replay", "--file", file, "--speed", "120", "--rules", rules];
    for (let kill = 0; kill < 3; kill++) {
      const running = await startTickbell(data, paced);
      await until(async () => {
        const { source } = await (await running.api("/v1/status")).json();
        return Number(/(\d+) of \d+ lines/.exec(source?.detail)?.[1]) > 1_000;
      }, "a thousand lines");
      await running.kill();
    }
    const rest = await runTickbell(replayArgs(file, data, ["--rules", rules]));
    expect(rest.code).toBe(0);
    expect(rest.out).toContain("went on where this replay was left");
    const got = await logged(`${data}/replay`);
    expect(got.trades.length).toBe(truth.trades.length);
    expect(new Set(got.trades)).toEqual(new Set(truth.trades));
    expect(got.quotes.length).toBe(truth.quotes.length);
    expect((await mailsIn(`${data}/outbox`)).length).toBe(1);
    const again = await runTickbell(replayArgs(file, data, ["--rules", rules]));
    expect(again.out).toMatch(/Done: 0 trades/);
    expect((await mailsIn(`${data}/outbox`)).length).toBe(1);
    const anew = await runTickbell(replayArgs(file, data, ["--rules", rules, "--replay-again"]));
    const [done] = /^Done: .*$/m.exec(whole.out)!;
    expect(anew.out).toContain(done);
  }));
