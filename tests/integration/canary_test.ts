import { expect } from "expect";
import { Registry } from "prom-client";
import { systemClock } from "../../src/core/clock.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { decodeAlert } from "../../src/alerts/codec.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { withControl } from "../support/control.ts";
import { engineModule } from "../support/engine_module.ts";
import { RecordingChannel } from "../support/notifier_bench.ts";
import { allRecords, temporaryLog } from "../support/temporary_log.ts";
import { until } from "../support/until.ts";

const RECEIVER = "canary@example.com";
const shared = { clock: systemClock, random: Math.random };

/** Runs the roles between control and the receiver until `body` is done. */
async function withRoles(log: EventLog, mail: RecordingChannel, body: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const module = await engineModule();
  const stream = new Stream({ ...shared, log, module, directory: new SymbolDirectory([]) });
  const notifier = new Notifier({ ...shared, log, channels: [mail], stormPerMinute: 1 });
  const running = [stream.run(stop.signal), notifier.run(stop.signal)];
  try {
    await body();
  } finally {
    stop.abort();
    await Promise.all(running);
  }
}

/** Whether the stream is done with every trade there is. */
async function isEvaluated(log: EventLog): Promise<boolean> {
  for (let partition = 0; partition < await log.partitions("trades"); partition++) {
    const { end } = await log.bounds("trades", partition);
    if (((await log.committed("stream", "trades", partition))?.offset ?? 0) < end) return false;
  }
  return true;
}

Deno.test("the canary goes the whole way to its receiver, and touches no rule for every market", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const mail = new RecordingChannel();
  const registry = new Registry();
  const rule = { market: "*", when: "price < 5000", recipients: ["kim@example.com"] };
  await withRoles(log, mail, () =>
    withControl(async ({ json }) => {
      expect((await json("POST", "/v1/rules", { ...rule, id: "all" })).status).toBe(201);
      await until(() => mail.sent.length > 0, "the canary's message");
      await until(async () => /canary_seconds_count [3-9]/.test(await registry.metrics()), "its arrivals");
      await until(async () => await isEvaluated(log), "the last of its trades");
      expect((await json("GET", "/v1/rules")).body.data.map(({ id }: { id: string }) => id)).toEqual(["all"]);
      expect((await json("GET", "/v1/alerts")).body.data).toEqual([]);
      expect((await json("GET", "/v1/reports/today")).body).toMatchObject({
        alerts: 0,
        trades: { symbols: 0 },
      });
    }, {
      log,
      registry,
      canary: { to: RECEIVER, everyMs: 300 },
      consent: { asks: true, confirmed: [], refused: [] },
    }));
  const alerts = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!));
  expect(new Set(alerts.map(({ ruleId }) => ruleId))).toEqual(new Set(["tickbell-canary~canary"]));
  expect(mail.sent.every(({ to }) => to === RECEIVER)).toBe(true);
});

Deno.test("a canary that does not arrive is counted, and degrades health when none has for minutes", async () => {
  await using temporary = await temporaryLog();
  const registry = new Registry();
  let ahead = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
  const { log } = temporary;
  await withControl(async ({ json }) => {
    await until(async () => /canary_missed_total [1-9]/.test(await registry.metrics()), "a miss");
    const health = async () => (await json("GET", "/v1/status")).body.components.canary;
    expect(await health()).toEqual({ state: "ready", detail: "no message of it has arrived yet" });
    ahead = 240_000;
    expect(await health()).toEqual({
      state: "degraded",
      detail: expect.stringMatching(/^no message of it has arrived for 24\d s$/),
    });
  }, { log, registry, clock, canary: { to: RECEIVER, everyMs: 300 } });
});
