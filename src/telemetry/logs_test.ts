import { expect } from "expect";
import { configureLogs, endLogs } from "./logs.ts";
import { logger } from "./log.ts";
import { redact, redactText } from "./redact.ts";

Deno.test("a log line is one JSON object with its properties, and secrets are hidden", async () => {
  const lines: string[] = [];
  await configureLogs({ level: "info", format: "json", write: (line) => lines.push(line) });
  try {
    logger("notifier").info("mailed {to} for {alertId}", { to: "a@b.kr", alertId: "r1@0", apiKey: "k-123" });
    logger("notifier").debug("not written");
    logger("notifier").error("refused", { error: new Error("401 for Bearer abcdefgh12345") });
  } finally {
    await endLogs();
  }
  expect(lines).toHaveLength(2);
  const [first, second] = lines.map((line) => JSON.parse(line));
  expect(first.level).toBe("INFO");
  expect(first.logger).toBe("tickbell.notifier");
  expect(first.message).toBe("mailed a@b.kr for r1@0");
  expect(first.properties).toEqual({ to: "a@b.kr", alertId: "r1@0", apiKey: "***" });
  expect(second.properties.error.message).toBe("401 for Bearer ***");
});

Deno.test("a pretty line names the part and hides secrets", async () => {
  const lines: string[] = [];
  await configureLogs({ level: "debug", format: "pretty", write: (line) => lines.push(line) });
  try {
    logger("kis").debug("opening wss://user:hunter2@host/tryitout?key=abc");
    logger("kis").debug("{reason}", { reason: "closed\nERROR of nobody" });
  } finally {
    await endLogs();
  }
  expect(lines[0]).toContain("kis");
  expect(lines[0]).not.toContain("hunter2");
  expect(lines[0]).not.toContain("abc");
  expect(lines[1]).toContain("closed\\nERROR of nobody");
});

Deno.test("secrets are hidden by name and within texts, at any depth", () => {
  expect(redact({ a: { influxToken: "t", list: [{ password: "p" }] }, ok: 1 })).toEqual({
    a: { influxToken: "***", list: [{ password: "***" }] },
    ok: 1,
  });
  expect(redactText("smtp://me:pw@mail:25 and /?key=zzz&x=1")).toBe(
    "smtp://me:***@mail:25 and /?key=***&x=1",
  );
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  expect(JSON.stringify(redact(loop))).toContain("…");
});

Deno.test("a long text is searched for secrets in no time, and a URL's password is found in it", () => {
  const begun = performance.now();
  const found = redactText(`${"a".repeat(60_000)} https://kim:hunter2@example.com`);
  expect(found).toContain(" https://kim:***@example.com");
  expect(performance.now() - begun).toBeLessThan(3_000);
});
