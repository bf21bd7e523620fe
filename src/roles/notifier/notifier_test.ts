import { until as within } from "../../../tests/support/until.ts";
import { expect } from "expect";
import { Registry } from "prom-client";
import type { Alert } from "../../alerts/alert.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { endpointRecord } from "../../books/webhooks.ts";
import { outcomesOf } from "../../../tests/support/outcomes.ts";
import {
  appendAlert,
  appendAlerts,
  NotifierBench,
  RecordingChannel,
  until,
} from "../../../tests/support/notifier_bench.ts";
import { OutsideError } from "../../core/errors.ts";
import { ChannelError } from "../../ports/channel.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { Health } from "../../telemetry/health.ts";

const SYMBOLS = ["005930", "000660", "035420", "005380", "068270", "051910"];

/** Alerts of several rules and symbols for one recipient. */
function alerts(count: number, recipient = "kim@example.com") {
  return Array.from({ length: count }, (_, index) =>
    alertFixture({
      ruleId: `rule-${index}`,
      symbol: SYMBOLS[index % SYMBOLS.length] as string,
      recipients: [recipient],
    }));
}

Deno.test("an alert becomes one mail for each recipient, and a duplicate none", async () => {
  await using bench = await NotifierBench.open();
  const { log, mail } = bench;
  const alert = alertFixture({ recipients: ["a@example.com", "b@example.com", "a@example.com"] });
  await appendAlerts(log, [alert, alert]);
  await bench.start();
  await bench.idle(5_000);
  await appendAlert(log, alert);
  await bench.idle(5_000);
  expect(mail.sent.map((message) => message.to).sort()).toEqual(["a@example.com", "b@example.com"]);
  expect(mail.sent[0]?.subject).toBe("[목표가] 삼성전자 53,100원 · 53,200원 미만");
  expect(mail.sent[0]?.alerts[0]?.recipients).toHaveLength(1);
  expect((await outcomesOf(log, alert)).map(({ outcome }) => outcome)).toEqual(["sent", "sent"]);
});

Deno.test("of a box and its centre each mails the alerts that say so, never both; what says nothing is anyone's", async () => {
  await using bench = await NotifierBench.open();
  const mailers = ["box", "centre", undefined] as const;
  await bench.log.append(mailers.map((mailer) => {
    const alert = alertFixture({ ruleId: String(mailer), recipients: [`${mailer}@example.com`] });
    const record = { key: alert.symbol, value: encodeAlert(alert), timestamp: alert.eventTime };
    return { topic: "alerts", ...record, ...(mailer === undefined ? {} : { headers: { mailer } }) };
  }));
  const sentBy = async (over: Parameters<typeof bench.start>[0]) => {
    bench.mail.sent.length = 0;
    await bench.start(over);
    await bench.idle(5_000);
    await bench.stop();
    return bench.mail.sent.map(({ to }) => to).sort();
  };
  expect(await sentBy({ mailer: "box" })).toEqual(["box@example.com", "undefined@example.com"]);
  expect(await sentBy({ group: "of-the-centre" })).toEqual(["centre@example.com"]);
});

Deno.test("alerts that are read again from the beginning are not mailed again", async () => {
  await using bench = await NotifierBench.open();
  await appendAlerts(bench.log, alerts(40));
  await bench.start({ stormPerMinute: 0 });
  await bench.idle(5_000);
  await bench.stop();
  await bench.start({ stormPerMinute: 0, group: "another-reads-everything" });
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(40);
});

Deno.test("only recipients whose channel is on are reached", async () => {
  await using bench = await NotifierBench.open();
  const webhook = new RecordingChannel("webhook");
  const recipients = ["kim@example.com", "webhook:https://hooks.example/a"];
  await appendAlerts(bench.log, [
    alertFixture({ ruleId: "both", recipients, channels: ["mail", "webhook"] }),
    alertFixture({ ruleId: "hook", recipients, channels: ["webhook"] }),
  ]);
  await bench.start({ channels: [bench.mail, webhook] });
  await bench.idle(5_000);
  expect(bench.mail.sent.map((message) => message.to)).toEqual(["kim@example.com"]);
  expect(webhook.sent.map((message) => message.to)).toEqual(Array(2).fill("https://hooks.example/a"));
});

Deno.test("a channel that hangs does not delay the others, nor one webhook host another", async () => {
  await using bench = await NotifierBench.open({ callTimeoutMs: 60_000 });
  const webhook = new RecordingChannel("webhook");
  webhook.before = (message, signal) =>
    message.to.includes("slow")
      ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))))
      : undefined;
  const recipients = ["kim@example.com", "webhook:https://slow.example/", "webhook:https://fast.example/"];
  await appendAlerts(bench.log, alerts(50).map((alert) => ({ ...alert, recipients, channels: [] })));
  await bench.start({ channels: [bench.mail, webhook], stormPerMinute: 0, concurrency: 4 });
  await until(
    () => bench.mail.sent.length === 50 && webhook.sent.length === 50,
    "the mails and the fast host's calls",
  );
  expect(webhook.sent.every((message) => message.to === "https://fast.example/")).toBe(true);
  expect(webhook.calls).toBe(50 + 4);
  await until(() => bench.notifier.openCount === 50, "the others' outcomes");
  // Everything is in the ledger: the offsets are committed while the slow ones wait.
  await bench.clock.advance(2_000);
  for (let partition = 0; partition < 3; partition++) {
    const { end } = await bench.log.bounds("alerts", partition);
    const committed = async () => (await bench.log.committed("notifier", "alerts", partition))?.offset ?? 0;
    await within(async () => await committed() >= end, "the offsets to be committed");
  }
});

for (
  const [what, channel, bad, good] of [
    ["a greylisting domain", "mail", (index: number) => `u${index}@grey.example`, "kim@good.example"],
    ["a throttled chat", "telegram", () => "telegram:1", "telegram:2"],
    [
      "a dead webhook on the same host",
      "webhook",
      () => "webhook:https://h.example/dead",
      "webhook:https://h.example/a",
    ],
    [
      "a throttled Slack webhook",
      "slack",
      () => "slack:https://hooks.slack.com/1",
      "slack:https://hooks.slack.com/2",
    ],
    [
      "a throttled Discord webhook",
      "discord",
      () => "discord:https://discord.com/1",
      "discord:https://discord.com/2",
    ],
    ["a number that is refused for now", "sms", () => "sms:01011111111", "sms:01022222222"],
  ] as const
) {
  Deno.test(`${what} delays nobody else, nor does another tenant's storm`, async () => {
    await using bench = await NotifierBench.open({ stormPerMinute: 0 });
    const service = new RecordingChannel(channel);
    const error = { end: "not_taken", concerns: "recipient", retryAfterMs: 60_000 } as const;
    service.before = (message) => {
      if (message.alerts[0]?.tenant === "acme") throw new ChannelError("x_throttled", "later", error);
    };
    const to = (recipient: string, over: Partial<Alert>) =>
      alertFixture({ recipients: [recipient], channels: [channel], ...over });
    await appendAlerts(bench.log, [
      ...Array.from({ length: 30 }, (_, index) => to(bad(index), { ruleId: `bad${index}`, tenant: "acme" })),
      ...Array.from({ length: 3 }, (_, index) => to(good, { ruleId: `good${index}`, tenant: "beta" })),
    ]);
    await bench.start({ channels: [service] });
    await bench.clock.advance(10_000);
    expect(service.sent.map(({ alerts }) => alerts[0]?.tenant)).toEqual(["beta", "beta", "beta"]);
    // Asked now and then, not once for each that waits.
    expect(service.calls).toBeLessThanOrEqual(3 + 30);
  });
}

Deno.test("no tenant's storm makes another's messages wait for a digest", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 2 });
  const storm = Array.from(
    { length: 60 },
    (_, index) => alertFixture({ ruleId: `b${index}`, tenant: "beta" }),
  );
  await appendAlerts(bench.log, [...storm, alertFixture({ ruleId: "mine", tenant: "acme" })]);
  await bench.start();
  await bench.idle(120_000);
  const acme = bench.mail.sent.filter(({ alerts }) => alerts.some(({ tenant }) => tenant === "acme"));
  expect(acme.map(({ alerts }) => alerts.length)).toEqual([1]);
  expect(bench.mail.sent.map(({ alerts }) => alerts.length).sort()).toEqual([1, 1, 1, 58]);
});

Deno.test("the rate a channel allows is kept", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 0 });
  bench.mail.allows = { perSecond: 10, concurrent: 2 };
  await appendAlerts(bench.log, alerts(60));
  await bench.start();
  // What has been saved up, and what came since.
  await bench.clock.advance(1_000);
  expect(bench.mail.sent.length).toBeGreaterThan(5);
  expect(bench.mail.sent.length).toBeLessThanOrEqual(10 + 10);
  await bench.clock.advance(2_000);
  expect(bench.mail.sent.length).toBeLessThanOrEqual(10 + 30);
  await bench.idle(10_000);
  expect(bench.mail.sent.length).toBe(60);
});

Deno.test("what waits for a rate is not asked for more often the more of it there was", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 0 });
  bench.mail.allows = { perSecond: 40, concurrent: 20 };
  bench.mail.before = () => bench.clock.sleep(30);
  await appendAlerts(bench.log, alerts(80));
  let asked = 0;
  const now = bench.clock.now.bind(bench.clock);
  bench.clock.now = () => {
    asked++;
    return now();
  };
  await bench.start();
  await bench.idle(20_000);
  expect(bench.mail.sent.length).toBe(80);
  expect(asked / 80).toBeLessThan(50);
});

Deno.test("on a stop no new call begins, those under way end, and the next one goes on", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 0, concurrency: 2 });
  const gate = Promise.withResolvers<void>();
  bench.mail.before = () => gate.promise;
  await appendAlerts(bench.log, alerts(30));
  await bench.start();
  await until(() => bench.mail.calls === 2, "two calls");
  const stopping = bench.stop();
  gate.resolve();
  await stopping;
  expect(bench.mail.calls).toBe(2);
  expect(bench.mail.sent.length).toBe(2);
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(30);
  expect(new Set(bench.mail.sent.map((message) => message.deliveryId)).size).toBe(30);
});

Deno.test("a call that does not end while the role stops is given up: nobody knows its outcome, and the ledger says so", async () => {
  await using bench = await NotifierBench.open({ drainMs: 500 });
  bench.mail.before = () => new Promise(() => {});
  const alert = alertFixture();
  await appendAlert(bench.log, alert);
  await bench.start();
  await until(() => bench.mail.calls === 1, "the call");
  const stopping = bench.stop();
  await bench.clock.advance(1_000);
  await stopping;
  const { delivery } = (await outcomesOf(bench.log, alert))[0] ?? {};
  expect(delivery).toMatchObject({ state: "failed", code: "timeout", unanswered: 1 });
});

/**
 * A log in which somebody else writes to the ledger just before a delivery's second intent; from then on its bounds are
 * asked of `bounds`.
 */
function strangerBeforeRetry(
  log: EventLog,
  bounds: EventLog["bounds"],
  over: Partial<EventLog> = {},
): { readonly log: EventLog; readonly intents: () => number } {
  let intents = 0;
  const stranger = { topic: "deliveries", key: "~x/1", value: null, timestamp: 0, partition: 0 } as const;
  const append: EventLog["append"] = async (records) => {
    const text = records.map(({ value }) => typeof value === "string" ? value : "").join();
    if (text.includes('"state":"calling"') && ++intents === 2) await log.append([stranger]);
    return await log.append(records);
  };
  const strange = new Proxy(log, {
    get(target, name) {
      const replaced = { ...over, append, ...(intents === 2 ? { bounds } : {}) };
      const value = Reflect.get(name in replaced ? replaced : target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { log: strange, intents: () => intents };
}

Deno.test("a call that has not begun when the partition is handed on is not made: the ledger says so, and the next one makes it", async () => {
  await using bench = await NotifierBench.open({ drainMs: 500 }, { partitions: 1 });
  const { log, mail, clock } = bench;
  const throttled = new ChannelError("throttled", "slow down", { end: "not_taken", concerns: "recipient" });
  mail.before = () => Promise.reject(throttled);
  const alert = alertFixture();
  await appendAlert(log, alert);
  const stuck = Promise.withResolvers<never>();
  stuck.promise.catch(() => {});
  const slow = strangerBeforeRetry(log, () => stuck.promise);
  await bench.start({ log: slow.log });
  await until(() => mail.calls === 1, "the first call");
  await clock.advance(5_000);
  await until(() => slow.intents() === 2, "the second intent");
  const stopping = bench.stop();
  await clock.advance(2_000);
  try {
    let stopped = false;
    void stopping.then(() => stopped = true);
    await within(() => stopped, "the stop", 3_000);
  } finally {
    stuck.reject(new OutsideError("away", "the log is away", { retryable: true }));
  }
  expect(mail.calls).toBe(1);
  const { delivery } = (await outcomesOf(log, alert))[0] ?? {};
  expect(delivery).toMatchObject({ state: "failed", code: "given_up", attempts: 2 });
  mail.before = () => {};
  await bench.start();
  await bench.idle(60_000);
  expect(mail.sent).toHaveLength(1);
});

Deno.test("a partition that is lost between an intent and its call: no call begins, though the log answers again", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  const { log, mail, clock } = bench;
  const throttled = new ChannelError("throttled", "slow down", { end: "not_taken", concerns: "recipient" });
  mail.before = () => Promise.reject(throttled);
  await appendAlert(log, alertFixture());
  const answers = Promise.withResolvers<void>();
  let asked = false;
  let isLost = false;
  const bounds: EventLog["bounds"] = async (...place) => {
    asked = true;
    await answers.promise;
    return await log.bounds(...place);
  };
  const lapsing = strangerBeforeRetry(log, bounds, {
    join: ({ assigned, ...options }) =>
      log.join({
        ...options,
        assigned: (assignment) => assigned(Object.create(assignment, { lapsed: { value: () => isLost } })),
      }),
  });
  await bench.start({ log: lapsing.log });
  await until(() => mail.calls === 1, "the first call");
  await clock.advance(5_000);
  await until(() => asked, "the question what another has sent");
  isLost = true;
  answers.resolve();
  await clock.advance(5_000);
  await bench.stop();
  expect([lapsing.intents(), mail.calls]).toEqual([2, 1]);
});

Deno.test("memory has no more alerts than the limit, however many wait", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 0, contentLimit: 100, concurrency: 4 });
  const gate = Promise.withResolvers<void>();
  bench.mail.before = () => gate.promise;
  await appendAlerts(bench.log, alerts(3_000));
  await bench.start();
  await until(() => bench.notifier.openCount === 3_000, "all to be open");
  await bench.clock.advance(10);
  expect(bench.notifier.contentCount).toBeLessThanOrEqual(100 + 4);
  gate.resolve();
  await bench.idle(60_000);
  expect(new Set(bench.mail.sent.map((message) => message.deliveryId)).size).toBe(3_000);
  expect(bench.mail.sent.length).toBe(3_000);
});

Deno.test("beyond the limit of open deliveries no more alerts are read until there is room", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 0, openLimit: 50, concurrency: 1 }, {
    partitions: 1,
  });
  const gate = Promise.withResolvers<void>();
  bench.mail.before = () => gate.promise;
  await appendAlerts(bench.log, alerts(100));
  await bench.start();
  await until(() => bench.notifier.openCount === 100, "the first batch");
  await appendAlerts(bench.log, alerts(10, "lee@example.com"));
  await bench.clock.advance(1_000);
  expect(bench.notifier.openCount).toBe(100);
  gate.resolve();
  await bench.idle(20_000);
  expect(bench.mail.sent.length).toBe(110);
});

Deno.test("health and metrics say how it goes", async () => {
  const health = new Health();
  const registry = new Registry();
  await using bench = await NotifierBench.open({ health, registry });
  await bench.start();
  await until(() => health.ready, "ready");
  await appendAlert(bench.log, alertFixture());
  await bench.idle(5_000);
  expect(health.components().notifier?.detail).toBe("3 partitions, 0 deliveries open");
  const text = await registry.metrics();
  expect(text).toContain(
    'tickbell_notifier_outcomes_total{channel="mail",transport="recording",outcome="sent"} 1',
  );
  expect(text).toMatch(/tickbell_notifier_trade_to_mail_seconds_count\{channel="mail"\} 1/);
  expect(text).toMatch(/tickbell_notifier_handover_seconds_count\{channel="mail"\} 1/);
});

Deno.test("a way of mail that cannot be used is known before the first alert, and when it can be again", async () => {
  const health = new Health();
  await using bench = await NotifierBench.open({ health });
  const { mail } = bench;
  const answer = mail.limits.bind(mail);
  mail.limits = () => Promise.reject(new Error("no credentials; set AWS_ACCESS_KEY_ID"));
  await bench.start();
  const state = () => health.components().notifier;
  await until(() => state()?.state === "degraded", "degraded");
  expect(state()?.detail).toContain("recording does not answer: no credentials; set AWS_ACCESS_KEY_ID");
  mail.limits = answer;
  await bench.clock.advance(31_000);
  await until(() => state()?.state === "ready", "ready");
});

Deno.test("a recipient that names an endpoint is called at its URL with its secrets; unknown and paused ones are not", async () => {
  const webhook = new RecordingChannel("webhook");
  await using bench = await NotifierBench.open();
  const endpoint = {
    id: "desk",
    tenant: "default",
    url: "https://desk.example.com/hook",
    description: "",
    labels: {},
    enabled: true,
    secrets: [
      { secret: "whsec_bmV3LW5ldy1uZXc=", createdAt: 2, endsAt: null },
      { secret: "whsec_b2xkLW9sZC1vbGQ=", createdAt: 1, endsAt: bench.clock.now() + 60_000 },
      { secret: "whsec_Z29uZS1nb25lLWc=", createdAt: 0, endsAt: 1 },
    ],
    createdAt: 0,
    createdBy: "root",
    updatedAt: 0,
  };
  await bench.log.append([
    endpointRecord(endpoint, 1),
    endpointRecord({ ...endpoint, id: "off", enabled: false }, 1),
  ]);
  const recipients = ["webhook:desk", "webhook:off", "webhook:gone"];
  const alert = alertFixture({ recipients, channels: ["webhook"] });
  const foreign = alertFixture({
    ruleId: "bolt~r",
    tenant: "bolt",
    recipients: ["webhook:desk"],
    channels: [],
  });
  await appendAlerts(bench.log, [alert, foreign]);
  await bench.start({ channels: [webhook] });
  await bench.idle(5_000);
  expect(webhook.sent.map(({ to, secrets }) => [to, secrets])).toEqual([
    [endpoint.url, ["whsec_bmV3LW5ldy1uZXc=", "whsec_b2xkLW9sZC1vbGQ="]],
  ]);
  const codes = (await outcomesOf(bench.log, alert)).map(({ delivery }) => delivery.code ?? delivery.state);
  expect(codes.sort()).toEqual(["sent", "unknown_webhook", "webhook_paused"]);
  const again = { redriven: "any", recipient: "webhook:desk" };
  await bench.log.append([
    {
      topic: "alerts",
      key: alert.symbol,
      value: encodeAlert(alert),
      timestamp: alert.eventTime,
      headers: again,
    },
  ]);
  await bench.idle(5_000);
  expect(webhook.sent.map(({ deliveryId }) => deliveryId)).toEqual([
    `${alert.id}|webhook:desk`,
    `${alert.id}|webhook:desk`,
  ]);
});
