import { expect } from "expect";
import type { Alert } from "../../src/alerts/alert.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { type Delivery, intent, newDelivery } from "../../src/alerts/ledger.ts";
import { systemClock } from "../../src/core/clock.ts";
import { outcomesOf } from "../support/outcomes.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { missingKafka, testKafka } from "../support/kafka_broker.ts";
import { makeTopics } from "../support/kafka_log.ts";
import { appendAlerts, appendDelivery, RecordingChannel } from "../support/notifier_bench.ts";
import { partTest } from "../support/part.ts";

const SYMBOLS = Array.from({ length: 40 }, (_, index) => String(100_000 + index));
const ALERTS = 600;

function startNotifier(log: EventLog, mail: RecordingChannel) {
  const options = {
    log,
    channels: [mail],
    clock: systemClock,
    random: Math.random,
    stormPerMinute: 0,
    concurrency: 4,
  };
  const notifier = new Notifier(options);
  const stop = new AbortController();
  const running = notifier.run(stop.signal);
  return {
    notifier,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

async function until(isMet: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isMet()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An intent of a notifier that lost the partition comes after the outcome: its owner writes the outcome again. */
async function putsRight(log: EventLog, alert: Alert): Promise<void> {
  const [sent] = await outcomesOf(log, alert);
  expect(sent?.outcome).toBe("sent");
  const { recipient, at, origin } = sent?.delivery as Delivery;
  await appendDelivery(log, intent(newDelivery(alert, recipient, { at, origin }), at));
  expect((await outcomesOf(log, alert))[0]?.outcome).toBe("queued");
  const deadline = Date.now() + 30_000;
  let again = (await outcomesOf(log, alert))[0];
  while (again?.outcome !== "sent" && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    again = (await outcomesOf(log, alert))[0];
  }
  expect(again?.delivery).toEqual(sent?.delivery);
}

partTest("notifiers on Kafka that come and go mail every alert once", {
  part: "Kafka",
  missing: missingKafka,
}, async () => {
  const { brokers } = await testKafka();
  const topics = await makeTopics(brokers, { partitions: 6 });
  const logs = [await topics.open(), await topics.open(), await topics.open()] as const;
  const mail = new RecordingChannel();
  mail.before = () => new Promise((resolve) => setTimeout(resolve, 5));
  const alerts = Array.from(
    { length: ALERTS },
    (_, index) => alertFixture({ ruleId: `r${index}`, symbol: SYMBOLS[index % SYMBOLS.length] as string }),
  );
  try {
    const writing = (async () => {
      for (let from = 0; from < ALERTS; from += 20) {
        await appendAlerts(logs[2], alerts.slice(from, from + 20));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const first = startNotifier(logs[0], mail);
    await until(() => mail.sent.length > 50, "the first mails");
    const second = startNotifier(logs[1], mail);
    await until(() => mail.sent.length > 250, "mails after the second joined");
    await first.stop();
    await writing;
    await until(() => mail.sent.length >= ALERTS, "all mails");
    await second.notifier.idle();
    await putsRight(logs[2], alerts[0] as Alert);
    await second.stop();
    expect(new Set(mail.sent.map((message) => message.deliveryId)).size).toBe(ALERTS);
    expect(mail.sent.length).toBe(ALERTS);
  } finally {
    for (const log of logs) await log.close();
    await topics.close();
  }
});
