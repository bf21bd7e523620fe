/**
 * Frames recorded from the real market, which stay beside a checkout (`../shared/data`): they give exactly what is written
 * in them, and run from the file to a mail.
 */
import { expect } from "expect";
import { decodeFrame } from "../../src/market/kis/frame.ts";
import { lostValues } from "../support/frame_values.ts";
import { partTest } from "../support/part.ts";
import { mailsIn, runTickbell } from "../support/tickbell.ts";

const FILE = new URL("../../../shared/data/kis-frames.txt", import.meta.url).pathname;

const need = {
  part: "Recorded frames",
  missing: () =>
    Deno.stat(FILE).then(
      () => undefined,
      () => "They are not part of the project; tests/fixtures has some of their shape.",
    ),
};

partTest("recorded frames give exactly the five trades and the quote written in them", need, async () => {
  const frames = (await Deno.readTextFile(FILE)).trim().split("\n").filter((line) => !line.startsWith("{"));
  const decoded = frames.map((line) =>
    decodeFrame(new TextEncoder().encode(line), Date.parse("2025-07-30T12:00+09:00"))
  );
  expect(decoded.flatMap((frame) => frame.refused)).toEqual([]);
  const written = frames.filter((line) => line.includes("|H0STCNT0|")).flatMap((line) => {
    const [, , count, text = ""] = line.split("|");
    const fields = text.split("^");
    const width = fields.length / Number(count);
    return Array.from(
      { length: Number(count) },
      (_, index) => fields.slice(index * width, (index + 1) * width),
    );
  });
  const trades = decoded.flatMap((frame) => frame.trades);
  expect(
    trades.map((
      trade,
    ) => [trade.symbol, trade.price, trade.sign, trade.change, trade.rate, trade.volume, trade.accVolume]),
  )
    .toEqual(
      written.map((
        f,
      ) => [f[0], Number(f[2]), f[3], Number(f[4]), Number(f[5]), Number(f[12]), Number(f[13])]),
    );
  expect(trades.length).toBe(5);
  expect(decoded.flatMap((frame) => frame.quotes).length).toBe(1);
});

const FOLDER = new URL("../../../shared/data/frames/", import.meta.url).pathname;

partTest(
  "every value of frames recorded from 2023 to 2026 stands in what is read of them",
  need,
  async () => {
    let frames = 0;
    for await (const { name } of Deno.readDir(FOLDER)) {
      const { lost, records } = lostValues(await Deno.readTextFile(`${FOLDER}${name}`), Date.now());
      expect([name, lost]).toEqual([name, []]);
      frames += records;
    }
    expect(frames).toBeGreaterThanOrEqual(22);
  },
);

partTest(
  "recorded frames run from the file to a mail: two rules fire on the first, once each",
  need,
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-recorded-" });
    try {
      const rule = { symbol: "005930", recipients: ["a@example.com"], comparator: "gte" };
      const rules = [
        { ...rule, id: "target", kind: "target_price", value: 71950 },
        { ...rule, id: "rate", kind: "change_rate", value: 1.9 },
      ];
      await Deno.writeTextFile(`${folder}/rules.json`, JSON.stringify(rules));
      const args = [
        "start",
        "--source",
        "replay",
        "--file",
        FILE,
        "--speed",
        "max",
        "--exit-when-done",
        "--port",
        "0",
      ];
      const { code, out } = await runTickbell([
        ...args,
        "--data-dir",
        `${folder}/data`,
        "--rules",
        `${folder}/rules.json`,
      ]);
      expect(code).toBe(0);
      expect(out).toMatch(/5 trades and 1 quote published, 2 alerts, 2 mails/);
      const fired = out.split("\n").filter((line) => / rule (?:target|rate)$/.test(line));
      expect(fired.length).toBe(2);
      for (const line of fired) expect(line).toContain("71,950원");
      expect((await mailsIn(`${folder}/data/outbox`)).length).toBe(2);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
