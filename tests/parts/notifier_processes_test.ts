/**
 * `tickbell notifier` as processes, every channel at once against servers on loopback: ended between the intent and the
 * call, and between the call and its outcome.
 */
import { expect } from "expect";
import type { Alert } from "../../src/alerts/alert.ts";
import { intent, newDelivery } from "../../src/alerts/ledger.ts";
import { listDeadLetters } from "../../src/books/dead_letters.ts";
import { openEmbeddedLog } from "../../src/cli/open_embedded_log.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { ChannelSides } from "../support/channel_sides.ts";
import { appendAlerts, appendDelivery } from "../support/notifier_bench.ts";
import { alertsFor, NotifierProcess, states } from "../support/notifier_process.ts";
import { until } from "../support/until.ts";

async function withLog<T>(dataDir: string, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openEmbeddedLog(dataDir);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

/** What an earlier notifier left that ended between the intent and the call. */
async function leaveIntents(log: EventLog, alerts: readonly Alert[]): Promise<void> {
  for (const alert of alerts) {
    const fresh = newDelivery(alert, alert.recipients[0] as string, { at: Date.now(), origin: "alerts/0/0" });
    await appendDelivery(log, intent(fresh, Date.now()));
  }
}

Deno.test("ended between intent and call, the next process sends every channel's message once", async () => {
  await using sides = await ChannelSides.open("mail");
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-notifier-" });
  const wanted = alertsFor(sides, 1);
  const alerts = wanted.map(({ alert }) => alert);
  try {
    await withLog(dataDir, async (log) => {
      await appendAlerts(log, alerts);
      await leaveIntents(log, alerts);
    });
    await using notifier = new NotifierProcess(dataDir, sides.env);
    await until(() => sides.arrivals.length >= wanted.length, "every channel's message", 40_000);
    expect(await notifier.end("SIGTERM")).toBe(0);
    expect(sides.arrivals.toSorted()).toEqual(wanted.map(({ arrival }) => arrival).sort());
    expect(await withLog(dataDir, (log) => states(log, alerts))).toEqual(alerts.map(() => "sent"));
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

for (const mail of ["mail", "ses"] as const) {
  for (const unknown of ["resend", "hold"] as const) {
    Deno.test(`killed between intent and outcome, the process ${unknown}s every channel's message (${mail})`, async () => {
      await using sides = await ChannelSides.open(mail);
      const dataDir = await Deno.makeTempDir({ prefix: "tickbell-notifier-" });
      const env = { ...sides.env, TICKBELL_UNKNOWN_OUTCOME: unknown };
      const wanted = alertsFor(sides, 1);
      const alerts = wanted.map(({ alert }) => alert);
      const arrivals = wanted.map(({ arrival }) => arrival).sort();
      try {
        await withLog(dataDir, (log) => appendAlerts(log, alerts));
        sides.silent = true;
        await using first = new NotifierProcess(dataDir, env);
        await until(() => sides.arrivals.length >= arrivals.length, "a call of every channel", 40_000);
        await first.end("SIGKILL");
        expect(sides.arrivals.toSorted()).toEqual(arrivals);
        sides.silent = false;
        await using second = new NotifierProcess(dataDir, env);
        const again = unknown === "resend" ? arrivals : [];
        const hasEnded = () =>
          unknown === "hold" ? second.lost >= arrivals.length : sides.arrivals.length >= 2 * arrivals.length;
        await until(hasEnded, "the end of every alert", 40_000);
        expect(await second.end("SIGTERM")).toBe(0);
        expect(sides.arrivals.toSorted()).toEqual([...arrivals, ...again].sort());
        await withLog(dataDir, async (log) => {
          const done = unknown === "resend" ? "sent" : "dead_lettered";
          expect(await states(log, alerts)).toEqual(alerts.map(() => done));
          const letters = (await listDeadLetters(log, { limit: 20 })).data.map(({ code }) => code);
          expect(letters).toEqual(unknown === "hold" ? arrivals.map(() => "held") : []);
        });
      } finally {
        await Deno.remove(dataDir, { recursive: true });
      }
    });
  }
}
