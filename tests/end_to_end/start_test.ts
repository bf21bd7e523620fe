import { expect } from "expect";
import { mailsIn, runTickbell, startTickbell, until } from "../support/tickbell.ts";

const FRAMES = new URL("../fixtures/kis_frames.txt", import.meta.url).pathname;

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-start-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("start mails an alert for a rule posted while it runs, goes on after a stop, and repeats no mail", async () => {
  await inFolder(async (folder) => {
    const rule = {
      id: "r1",
      symbol: "005930",
      kind: "target_price",
      comparator: "gte",
      value: "1",
      recipients: ["a@example.com"],
    };
    const first = await startTickbell(folder, ["--rate", "2000"]);
    try {
      const response = await first.api("/v1/rules", { method: "POST", body: JSON.stringify(rule) });
      expect(response.status).toBe(201);
      await response.body?.cancel();
      await first.line(/005930.*rule r1$/);
      await until(async () => (await mailsIn(first.outbox)).length > 0 || undefined, "the mail");
      const alerts = await (await first.api("/v1/alerts")).json();
      expect(alerts.data.map((alert: { ruleId: string }) => alert.ruleId)).toEqual(["r1"]);
    } finally {
      expect(await first.stop()).toBe(0);
    }
    const second = await startTickbell(folder, ["--rate", "2000"]);
    try {
      const kept = await (await second.api("/v1/rules/r1")).json();
      expect(kept).toMatchObject({ id: "r1", symbol: "005930", version: 1 });
      const probe = { ...rule, id: "r2" };
      await (await second.api("/v1/rules", { method: "POST", body: JSON.stringify(probe) })).body?.cancel();
      await second.line(/005930.*rule r2$/);
      expect(second.lines.filter((line) => / rule r1$/.test(line))).toEqual([]);
      const mails = await until(async () => {
        const seen = await mailsIn(second.outbox);
        return seen.length >= 2 ? seen : undefined;
      }, "the second mail");
      expect(mails.length).toBe(2);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  });
});

Deno.test("a replayed file runs to its mails and says what was refused", async () => {
  await inFolder(async (folder) => {
    const rules = `${folder}/rules.ndjson`;
    const base = { symbol: "005930", recipients: ["a@example.com"] };
    await Deno.writeTextFile(
      rules,
      [
        { ...base, id: "target", kind: "target_price", comparator: "gte", value: 61950 },
        { ...base, id: "rate", kind: "change_rate", comparator: "gte", value: 1.85 },
        { ...base, id: "never", kind: "target_price", comparator: "gte", value: 100000 },
      ].map((rule) => JSON.stringify(rule)).join("\n"),
    );
    const args = ["start", "--source", "replay", "--file", FRAMES, "--speed", "max", "--exit-when-done"];
    const { code, out, err } = await runTickbell([
      ...args,
      "--port",
      "0",
      "--data-dir",
      `${folder}/data`,
      "--rules",
      rules,
    ]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/ rule target$/m);
    expect(out).toMatch(/ rule rate$/m);
    expect(out).not.toMatch(/ rule never$/m);
    expect(out).toMatch(/5 trades.*2 alerts.*2 mails/);
    expect(out).toMatch(/late/);
    const mails = await mailsIn(`${folder}/data/outbox`);
    expect(mails.length).toBe(2);
  });
});

Deno.test("a port in use, an unwritable data directory and a broken replay file are one clear line and exit code 1", async () => {
  await inFolder(async (folder) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const port = String((listener.addr as Deno.NetAddr).port);
      const used = await runTickbell(["start", "--port", port, "--data-dir", `${folder}/a`]);
      expect(used.code).toBe(1);
      expect(used.err.trim().split("\n")).toHaveLength(1);
      expect(used.err).toContain(port);
    } finally {
      listener.close();
    }
    await Deno.writeTextFile(`${folder}/file`, "");
    const unwritable = await runTickbell(["start", "--port", "0", "--data-dir", `${folder}/file`]);
    expect(unwritable.code).toBe(1);
    expect(unwritable.err.trim().split("\n")).toHaveLength(1);
    expect(unwritable.err).toContain("--data-dir");
    await Deno.writeTextFile(`${folder}/broken.txt`, "this is no frame\n");
    const broken = await runTickbell(
      [
        "start",
        "--source",
        "replay",
        "--file",
        `${folder}/broken.txt`,
        "--exit-when-done",
        "--port",
        "0",
        "--data-dir",
        `${folder}/b`,
      ],
    );
    expect(broken.code).toBe(1);
    expect(broken.err.trim().split("\n")).toHaveLength(1);
    expect(broken.err).toContain("broken.txt");
    const missing = await runTickbell(
      [
        "start",
        "--source",
        "replay",
        "--file",
        `${folder}/none.txt`,
        "--port",
        "0",
        "--data-dir",
        `${folder}/c`,
      ],
    );
    expect(missing.code).toBe(1);
    expect(missing.err).toContain("none.txt");
  });
});
