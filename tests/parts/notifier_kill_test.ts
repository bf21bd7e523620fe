import { expect } from "expect";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock } from "../../src/core/clock.ts";
import { listDeadLetters } from "../../src/books/dead_letters.ts";
import { outcomesOf } from "../support/outcomes.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { appendAlerts, RecordingChannel } from "../support/notifier_bench.ts";

const CHILD = new URL("../support/notifier_child.ts", import.meta.url).pathname;

/**
 * Runs the child until a line asks to kill it, or it has ended.
 *
 * @returns its lines.
 */
async function runChild(folder: string, mode: string, kill: (lines: readonly string[]) => boolean) {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      CHILD,
      folder,
      mode,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  let killed = false;
  for await (const chunk of process.stdout) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    if (!killed && kill(lines)) {
      killed = true;
      process.kill("SIGKILL");
    }
  }
  await process.status;
  return lines;
}

async function withLog<T>(folder: string, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 2, clock: systemClock });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-kill-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [unknown, mails, outcome] of [["resend", 1, "sent"], ["hold", 0, "dead_lettered"]] as const) {
  Deno.test(`kill -9 between intent and outcome: the policy ${unknown} decides`, async () => {
    await inFolder(async (folder) => {
      const alert = alertFixture();
      await withLog(folder, (log) => appendAlerts(log, [alert]));
      const lines = await runChild(folder, "hang", (seen) => seen.length > 0);
      expect(lines).toEqual([`called ${alert.id}|kim@example.com`]);
      await withLog(folder, async (log) => {
        expect((await outcomesOf(log, alert))[0]?.delivery.state).toBe("calling");
        const mail = new RecordingChannel();
        const notifier = new Notifier({
          log,
          channels: [mail],
          clock: systemClock,
          random: Math.random,
          unknown,
        });
        const stop = new AbortController();
        const running = notifier.run(stop.signal);
        await notifier.idle();
        stop.abort();
        await running;
        expect(mail.sent.length).toBe(mails);
        expect((await outcomesOf(log, alert))[0]?.outcome).toBe(outcome);
        const letters = (await listDeadLetters(log, { limit: 10 })).data.map(({ code }) => code);
        expect(letters).toEqual(unknown === "hold" ? ["held"] : []);
      });
    });
  });
}

Deno.test("killed again and again, the notifier mails every alert, each once in the outbox", async () => {
  const random = seededRandom(7);
  await inFolder(async (folder) => {
    const symbols = ["005930", "000660", "035420", "005380"];
    const alerts = Array.from(
      { length: 400 },
      (_, index) => alertFixture({ ruleId: `r${index}`, symbol: symbols[index % 4] as string }),
    );
    await withLog(folder, (log) => appendAlerts(log, alerts));
    const sent: string[] = [];
    let kills = 0;
    for (; !sent.includes("idle"); kills++) {
      const last = 20 + Math.floor(random() * 80);
      sent.push(...await runChild(folder, "outbox", (seen) => seen.length >= last));
      expect(kills).toBeLessThan(40);
    }
    expect(kills).toBeGreaterThan(3);
    expect(
      [...Deno.readDirSync(`${folder}/outbox`)].map(({ name }) => name).filter((name) =>
        name.endsWith(".eml")
      ),
    )
      .toHaveLength(400);
    // What was reported as sent was durable: it was not sent again.
    const reported = sent.filter((line) => line.startsWith("sent "));
    expect(new Set(reported).size).toBe(reported.length);
    await withLog(folder, async (log) => {
      for (const alert of alerts.slice(0, 20)) {
        expect((await outcomesOf(log, alert))[0]?.outcome).toBe("sent");
      }
    });
  });
});
