import { expect } from "expect";
import { inFolder, logged, replayArgs } from "../support/replays.ts";
import { runTickbell, startTickbell } from "../support/tickbell.ts";

const FRAMES = new URL("../fixtures/kis_frames.txt", import.meta.url).pathname;

const rule = {
  id: "a",
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "1000",
  recipients: ["kim@example.com"],
};

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
