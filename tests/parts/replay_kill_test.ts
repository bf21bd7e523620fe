import { expect } from "expect";
import { sampleLines } from "../../scripts/make_sample_day.ts";
import { inFolder, logged, replayArgs } from "../support/replays.ts";
import { mailsIn, runTickbell, startTickbell, until } from "../support/tickbell.ts";

const rule = {
  id: "a",
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "1000",
  recipients: ["kim@example.com"],
};

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
