import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { intent, newDelivery } from "../../alerts/ledger.ts";
import { alertMessage } from "../../alerts/message.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { MADE_AT_HEADER } from "../../alerts/since.ts";
import { RECIPIENTS_PLACEMENT } from "../../alerts/recipient_settings.ts";
import { OutsideError } from "../../core/errors.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { ChannelError } from "../../ports/channel.ts";
import { Health } from "../../telemetry/health.ts";
import { listDeadLetters, redriveDeadLetter } from "../../books/dead_letters.ts";
import { outcomesOf } from "../../../tests/support/outcomes.ts";
import { RecipientBook } from "../../books/recipients.ts";
import {
  appendAlert,
  appendAlerts,
  appendDelivery,
  NotifierBench,
  until,
} from "../../../tests/support/notifier_bench.ts";
import { within } from "../../../tests/support/gather.ts";

const MINUTE = 60_000;
const away = () => {
  throw new OutsideError("ses_unavailable", "SES: ServiceUnavailable: away", { retryable: true });
};

Deno.test("a record that is no alert is dead-lettered with its bytes and reason, and the next is mailed", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  const broken = new Uint8Array([0x7b, 0x22, 0xff, 0xfe]);
  const at = { timestamp: 1 };
  await bench.log.append([
    { topic: "alerts", key: "005930", value: broken, ...at },
    { topic: "alerts", key: "005930", value: '{"id":"x@1"}', ...at },
    { topic: "alerts", key: "005930", value: null, ...at },
  ]);
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(1);
  const { data } = await listDeadLetters(bench.log, { limit: 10 });
  expect(data.map(({ code, role, origin }) => ({ code, role, origin }))).toEqual([2, 1, 0].map((offset) => ({
    code: "bad_alert",
    role: "notifier",
    origin: `alerts/0/${offset}`,
  })));
  expect(data[2]?.bytes).toEqual(broken);
  expect(data[2]?.reason).toMatch(/UTF-8/);
  expect(data[1]?.reason).toMatch(/^ruleId: /);
});

Deno.test("a refused address goes to the dead letters at once; redriven, it is mailed", async () => {
  await using bench = await NotifierBench.open();
  const alert = alertFixture({ recipients: ["good@example.com", "bad@example.com"] });
  bench.mail.before = (message) => {
    if (!message.to.startsWith("bad")) return;
    throw new OutsideError("ses_refused", "SES: MessageRejected: not verified", { retryable: false });
  };
  await appendAlert(bench.log, alert);
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.calls).toBe(2);
  const outcomes = await outcomesOf(bench.log, alert);
  expect(outcomes.map(({ recipient, outcome, delivery }) => [recipient, outcome, delivery.code]).sort())
    .toEqual([
      ["bad@example.com", "dead_lettered", "ses_refused"],
      ["good@example.com", "sent", undefined],
    ]);
  const { data: [letter] } = await listDeadLetters(bench.log, { limit: 10, role: "notifier" });
  expect(letter).toMatchObject({
    code: "ses_refused",
    headers: { recipient: "bad@example.com", alert: alert.id },
  });

  bench.mail.before = () => {};
  await redriveDeadLetter(bench.log, letter?.id ?? -1, bench.clock.now());
  await bench.idle(5_000);
  expect(bench.mail.sent.map((message) => message.to).sort()).toEqual([
    "bad@example.com",
    "good@example.com",
  ]);
  expect((await outcomesOf(bench.log, alert)).map(({ outcome }) => outcome)).toEqual(["sent", "sent"]);
  // Redriven once more, nothing happens: it was sent.
  await redriveDeadLetter(bench.log, letter?.id ?? -1, bench.clock.now());
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(2);
});

Deno.test("a template that throws costs its own mail only", async () => {
  await using bench = await NotifierBench.open({
    compose: (delivery, links) => {
      const [alert] = delivery.alerts ?? [];
      if (alert === undefined || alert.ruleId === "broken") throw new TypeError("x is not a function");
      return alertMessage(alert, links);
    },
  });
  await appendAlerts(bench.log, [alertFixture({ ruleId: "broken" }), alertFixture({ ruleId: "fine" })]);
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.sent.map((message) => message.alerts[0]?.ruleId)).toEqual(["fine"]);
  const { data } = await listDeadLetters(bench.log, { limit: 10 });
  expect(data.map(({ code, reason }) => ({ code, reason }))).toEqual([
    { code: "template_failed", reason: "x is not a function" },
  ]);
});

Deno.test("SES is away for ten minutes: every alert is mailed once it is back, none is given up", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 0 });
  bench.mail.before = away;
  const alerts = Array.from({ length: 200 }, (_, index) => alertFixture({ ruleId: `r${index}` }));
  await appendAlerts(bench.log, alerts);
  await bench.start();
  for (let minute = 0; minute < 10; minute++) await bench.clock.advance(MINUTE);
  expect(bench.mail.sent).toEqual([]);
  expect(bench.notifier.openCount).toBe(200);
  // The lane pauses: SES is asked now and then, not two hundred times a wait.
  expect(bench.mail.calls).toBeLessThan(64 + 80);
  bench.mail.before = () => {};
  await bench.idle(5 * MINUTE);
  expect(new Set(bench.mail.sent.map((message) => message.deliveryId)).size).toBe(200);
  expect(bench.mail.sent.length).toBe(200);
  expect((await listDeadLetters(bench.log, { limit: 10 })).data).toEqual([]);
});

Deno.test("a single alert waits ten minutes of an absent SES out as well", async () => {
  for (let seed = 0; seed < 2; seed++) {
    let state = seed / 2;
    await using bench = await NotifierBench.open({ random: () => state = (state + 0.37) % 1 });
    bench.mail.before = away;
    await appendAlert(bench.log, alertFixture());
    await bench.start();
    await bench.clock.advance(10 * MINUTE);
    bench.mail.before = () => {};
    await bench.idle(5 * MINUTE);
    expect(bench.mail.sent.length).toBe(1);
  }
});

Deno.test("after the last try the alert goes to the dead letters, with the last reason", async () => {
  await using bench = await NotifierBench.open({ maxAttempts: 3 });
  bench.mail.before = away;
  const alert = alertFixture();
  await appendAlert(bench.log, alert);
  await bench.start();
  await bench.idle(5 * MINUTE);
  expect(bench.mail.calls).toBe(3);
  const { data } = await listDeadLetters(bench.log, { limit: 10 });
  expect(data.map(({ code, reason }) => ({ code, reason }))).toEqual([
    { code: "gave_up", reason: "given up after 3 tries: SES: ServiceUnavailable: away" },
  ]);
  expect((await outcomesOf(bench.log, alert))[0]?.outcome).toBe("dead_lettered");
});

Deno.test("the other side's wish to wait is kept", async () => {
  await using bench = await NotifierBench.open();
  bench.mail.before = () => {
    throw new OutsideError("webhook_throttled", "429", { retryable: true, retryAfterMs: 40_000 });
  };
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await until(() => bench.mail.calls === 1, "the first call");
  bench.mail.before = () => {};
  await bench.clock.advance(39_000);
  expect(bench.mail.calls).toBe(1);
  await bench.idle(10_000);
  expect(bench.mail.sent.length).toBe(1);
});

Deno.test("a recipient whose channel is not configured is dead-lettered, also one left over in the ledger", async () => {
  await using bench = await NotifierBench.open();
  const recipients = ["telegram:12345"];
  const first = alertFixture({ ruleId: "before", recipients, channels: ["telegram"] });
  await appendDelivery(
    bench.log,
    newDelivery(first, "telegram:12345", { at: bench.clock.now(), origin: "alerts/0/0" }),
  );
  await appendAlert(bench.log, alertFixture({ recipients, channels: ["telegram"] }));
  await bench.start();
  await bench.idle(5_000);
  const { data } = await listDeadLetters(bench.log, { limit: 10 });
  expect(data.map(({ code }) => code)).toEqual(["no_channel", "no_channel"]);
});

Deno.test("a ledger record that cannot be read is dead-lettered, and the others are taken up", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  await bench.log.append([{ topic: "deliveries", key: "a|b", value: "{]", timestamp: 1 }]);
  await appendDelivery(
    bench.log,
    newDelivery(alertFixture(), "kim@example.com", { at: bench.clock.now(), origin: "alerts/0/0" }),
  );
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(1);
  const { data } = await listDeadLetters(bench.log, { limit: 10 });
  expect(data.map(({ code, origin }) => [code, origin])).toEqual([["bad_delivery", "deliveries/0/0"]]);
});

Deno.test("a notifier that cannot read its ledger calls nobody, ends with why, and is not ready", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  await appendAlert(bench.log, alertFixture());
  const unread = new OutsideError("not_allowed", "no right to read it", { retryable: false });
  const failing = new Proxy(bench.log, {
    get: (target, name) => {
      if (name !== "read") return Reflect.get(target, name).bind(target);
      return (options: Parameters<EventLog["read"]>[0]) => {
        // The ledger is read to its end; only who follows the topic for its notices has none.
        if (options.topic === "deliveries" && options.to !== undefined) throw unread;
        return target.read(options);
      };
    },
  });
  const health = new Health();
  await bench.start({ log: failing, health });
  await until(() => health.components().notifier?.state === "down", "the end of the notifier");
  await expect(bench.stop()).rejects.toBe(unread);
  expect([health.ready, bench.mail.calls]).toEqual([false, 0]);
});

Deno.test("an intent without an outcome is sent again by the policy resend", async () => {
  await using bench = await NotifierBench.open();
  const pending = newDelivery(alertFixture(), "kim@example.com", {
    at: bench.clock.now(),
    origin: "alerts/0/0",
  });
  await appendDelivery(bench.log, intent(pending, bench.clock.now()));
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.sent.map((message) => message.deliveryId)).toEqual([`${pending.id}|kim@example.com`]);
  expect((await outcomesOf(bench.log, alertFixture()))[0]?.delivery.attempts).toBe(2);
});

Deno.test("an intent without an outcome is held in the dead letters by the policy hold, until it is redriven", async () => {
  await using bench = await NotifierBench.open({ unknown: "hold" });
  const pending = newDelivery(alertFixture(), "kim@example.com", {
    at: bench.clock.now(),
    origin: "alerts/0/0",
  });
  await appendDelivery(bench.log, intent(pending, bench.clock.now()));
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.calls).toBe(0);
  const { data: [letter] } = await listDeadLetters(bench.log, { limit: 10 });
  expect(letter?.code).toBe("held");
  await redriveDeadLetter(bench.log, letter?.id ?? -1, 3);
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(1);
});

for (const [unknown, mails, code] of [["resend", 1, undefined], ["hold", 0, "held"]] as const) {
  Deno.test(`a call without an answer in time follows the policy ${unknown}`, async () => {
    await using bench = await NotifierBench.open({ unknown, callTimeoutMs: 1_000 });
    bench.mail.before = () => new Promise(() => {});
    await appendAlert(bench.log, alertFixture());
    await bench.start();
    await until(() => bench.mail.calls === 1, "the call");
    bench.mail.before = () => {};
    await bench.clock.advance(10 * MINUTE);
    expect(bench.mail.calls).toBe(1);
    await bench.idle(10 * MINUTE);
    expect(bench.mail.sent.length).toBe(mails);
    expect((await listDeadLetters(bench.log, { limit: 1 })).data[0]?.code).toBe(code);
  });
}

Deno.test("a service that takes the message and never answers is called twice, not fifteen times", async () => {
  await using bench = await NotifierBench.open({ callTimeoutMs: 1_000 });
  bench.mail.before = () => new Promise(() => {});
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await bench.idle(60 * MINUTE);
  expect(bench.mail.calls).toBe(2);
  expect((await listDeadLetters(bench.log, { limit: 1 })).data[0]?.code).toBe("no_answer");
});

Deno.test("a call that was given up before the message was handed over is tried again soon", async () => {
  await using bench = await NotifierBench.open({ callTimeoutMs: 1_000, unknown: "hold" });
  const givenUp = new ChannelError("aborted", "given up", { end: "not_taken", concerns: "provider" });
  bench.mail.before = (_, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(givenUp), { once: true }));
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await until(() => bench.mail.calls === 1, "the call");
  bench.mail.before = () => {};
  await bench.idle(10_000);
  expect(bench.mail.sent.length).toBe(1);
});

Deno.test("what is older than the limit is not sent: one note lists it, and it has expired", async () => {
  await using bench = await NotifierBench.open({ maxAgeMs: 30 * MINUTE, maxAttempts: 100 });
  bench.mail.before = away;
  const alerts = ["a", "b"].map((ruleId) => alertFixture({ ruleId }));
  await appendAlerts(bench.log, alerts);
  await bench.start();
  await bench.clock.advance(32 * MINUTE);
  expect(bench.mail.sent).toEqual([]);
  bench.mail.before = () => {};
  await bench.idle(20 * MINUTE);
  expect(bench.mail.sent.map((message) => message.alerts.length)).toEqual([2]);
  expect(bench.mail.sent[0]?.text).toContain("제때 보내지 못한 알림");
  expect(bench.mail.sent.at(-1)?.subject).toMatch(/^\[지연: 2025년 11월 26일 \d\d시\d\d분\d\d초\] /);
  for (const alert of alerts) expect((await outcomesOf(bench.log, alert))[0]?.outcome).toBe("expired");
});

Deno.test("an alert that waited in the log while no notifier ran is as old as it is", async () => {
  await using bench = await NotifierBench.open({ maxAgeMs: 30 * MINUTE });
  const alert = alertFixture();
  const headers = { [MADE_AT_HEADER]: String(bench.clock.now() - 31 * MINUTE) };
  const at = { key: alert.symbol, timestamp: alert.eventTime };
  await bench.log.append([{ topic: "alerts", value: encodeAlert(alert), headers, ...at }]);
  await bench.start();
  await bench.idle(10 * MINUTE);
  expect(bench.mail.sent[0]?.text).toContain("제때 보내지 못한 알림");
  expect((await outcomesOf(bench.log, alert))[0]?.outcome).toBe("expired");
});

Deno.test("a mail that comes late says so in its subject, with the trade's date", async () => {
  await using bench = await NotifierBench.open();
  bench.mail.before = away;
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await bench.clock.advance(12 * MINUTE);
  bench.mail.before = () => {};
  await bench.idle(5 * MINUTE);
  expect(bench.mail.sent[0]?.subject).toBe(
    "[지연: 2025년 11월 26일 09시47분00초] [목표가] 삼성전자 53,100원 · 53,200원 미만",
  );
});

Deno.test("an error a channel did not name is not tried again blindly", async () => {
  await using bench = await NotifierBench.open();
  bench.mail.before = () => {
    throw new TypeError("cannot read properties of undefined");
  };
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.calls).toBe(1);
  expect((await listDeadLetters(bench.log, { limit: 1 })).data[0]?.code).toBe("channel_failed");
});

Deno.test("a call that another notifier left is not made again to who has asked not to be written to meanwhile", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  const alert = alertFixture();
  const [recipient] = alert.recipients as [string];
  const at = bench.clock.now();
  await appendDelivery(bench.log, intent(newDelivery(alert, recipient, { at, origin: "alerts/0/0" }), at));
  const book = await RecipientBook.load(bench.log);
  await book.changeByHand(recipient, { suppressed: true, reason: "asked to" }, at);
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.calls).toBe(0);
  expect(bench.states.at(-1)).toMatchObject({ state: "suppressed", reason: "asked to" });
});

Deno.test("who begins calls nobody before it has read who is suppressed, however late that comes", async () => {
  await using bench = await NotifierBench.open();
  const at = bench.clock.now();
  const settings = await bench.log.partitionOf("deliveries", RECIPIENTS_PLACEMENT);
  const symbols = ["005930", "000660", "035420", "005380"];
  const partitions = await Promise.all(symbols.map((symbol) => bench.log.partitionOf("alerts", symbol)));
  const symbol = symbols[partitions.findIndex((partition) => partition !== settings)]!;
  const book = await RecipientBook.load(bench.log);
  await book.changeByHand("kim@example.com", { suppressed: true, reason: "asked to" }, at);
  await appendAlert(bench.log, alertFixture({ symbol, recipients: ["kim@example.com", "lee@example.com"] }));
  const late = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const read: EventLog["read"] = async function* (options) {
    if (options.topic === "deliveries" && options.partition === settings) {
      asked.resolve();
      await late.promise;
    }
    yield* bench.log.read(options);
  };
  const log = new Proxy(bench.log, {
    get(target, name) {
      if (name === "read") return read;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await bench.start({ log });
  await within(asked.promise, "the ledger to be read");
  await bench.clock.advance(5_000);
  expect(bench.mail.calls).toBe(0);
  late.resolve();
  await bench.idle(5_000);
  expect(bench.mail.sent.map(({ to }) => to)).toEqual(["lee@example.com"]);
});
