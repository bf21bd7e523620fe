import { expect } from "expect";
import { RecordingChannel } from "../../tests/support/notifier_bench.ts";
import { batchItemFailures, readKafkaEvent } from "../adapters/lambda/kafka_event.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { alertFixture } from "../alerts/fixture.ts";
import { type Delivery, deliveryKey, intent, newDelivery } from "../alerts/ledger.ts";
import { seededRandom } from "../core/backoff.ts";
import { VirtualClock } from "../core/clock.ts";
import { OutsideError } from "../core/errors.ts";
import type { DeliveryStore, StoredDelivery } from "../ports/delivery_store.ts";
import type { NewRecord } from "../ports/event_log.ts";
import { BatchNotifier, type BatchNotifierOptions, type BatchRecord } from "./notifier_batch.ts";

/** A store in memory that can be away. */
class MemoryStore implements DeliveryStore {
  readonly deliveries = new Map<string, StoredDelivery>();
  readonly letters: NewRecord[] = [];
  away = false;

  get(id: string, recipient: string) {
    return this.#there(() => this.deliveries.get(deliveryKey(id, recipient)));
  }

  put(delivery: Delivery, version: number) {
    return this.#there(() => {
      const key = deliveryKey(delivery.id, delivery.recipient);
      if ((this.deliveries.get(key)?.version ?? 0) !== version) return false;
      this.deliveries.set(key, { delivery, version: version + 1 });
      return true;
    });
  }

  recipient() {
    return this.#there(() => undefined);
  }

  bury(letters: readonly NewRecord[]) {
    return this.#there(() => void this.letters.push(...letters));
  }

  async #there<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.away) throw new OutsideError("dynamodb_unavailable", "away", { retryable: true });
    return work();
  }
}

function bench(over: Partial<BatchNotifierOptions> = {}) {
  const store = new MemoryStore();
  const mail = new RecordingChannel();
  const clock = new VirtualClock(Date.UTC(2025, 10, 26, 0, 47, 1));
  const options = { store, channels: [mail], clock, random: seededRandom(1) };
  const notifier = new BatchNotifier({ ...options, ...over });
  const run = async (records: readonly BatchRecord[], forMs = 20_000) => {
    let ended = false;
    const handling = notifier.handle(records, clock.now() + forMs).finally(() => ended = true);
    handling.catch(() => {});
    while (!ended) await clock.advance(1_000);
    const { unfinished, counts } = await handling;
    return { unfinished: unfinished.map(({ offset }) => offset), counts };
  };
  return { store, mail, clock, run };
}

const record = (offset: number, value: string): BatchRecord => ({
  topic: "alert-topic",
  partition: 0,
  offset,
  key: "005930",
  value: new TextEncoder().encode(value),
});
const alertRecord = (offset: number, ruleId = `r${offset}`) =>
  record(offset, encodeAlert(alertFixture({ ruleId })));
const away = () => {
  throw new OutsideError("ses_unavailable", "SES is away", { retryable: true });
};

Deno.test("a batch is mailed once, however often it comes", async () => {
  const { mail, run } = bench();
  const batch = [alertRecord(1), alertRecord(2), alertRecord(3, "r1"), record(4, "garbage")];
  expect(await run(batch)).toEqual({ unfinished: [], counts: { sent: 2, unreadable: 1 } });
  expect(await run(batch)).toEqual({ unfinished: [], counts: { known: 2, unreadable: 1 } });
  expect(mail.sent.length).toBe(2);
});

Deno.test("SES is away: tried while there is time, then handed back, and mailed at the next call", async () => {
  const { mail, store, run } = bench();
  mail.before = away;
  expect(await run([alertRecord(1), alertRecord(2)])).toEqual({ unfinished: [1, 2], counts: { later: 2 } });
  expect(mail.calls).toBeGreaterThan(4);
  expect([...store.deliveries.values()].map(({ delivery }) => delivery.state)).toEqual(["failed", "failed"]);
  mail.before = () => {};
  expect(await run([alertRecord(1), alertRecord(2)], 60_000)).toEqual({
    unfinished: [],
    counts: { sent: 2 },
  });
});

Deno.test("a refusal, and the last try, end in the dead letters", async () => {
  const { mail, store, run } = bench({ maxAttempts: 2 });
  mail.before = (message) => {
    if (message.alerts[0]?.ruleId === "r2") away();
    throw new OutsideError("ses_refused", "no", { retryable: false });
  };
  expect(await run([alertRecord(1), alertRecord(2)])).toEqual({ unfinished: [], counts: { dead: 2 } });
  expect(store.letters.map((letter) => letter.headers?.code).sort()).toEqual(["gave_up", "ses_refused"]);
});

Deno.test("the store is away: everything comes again, nothing is mailed", async () => {
  const { mail, store, run } = bench();
  store.away = true;
  const { unfinished } = await run([alertRecord(1), record(2, "garbage")]);
  expect(unfinished).toEqual([1, 2]);
  expect(mail.calls).toBe(0);
});

for (const [unknown, counts] of [["resend", { sent: 1 }], ["hold", { dead: 1 }]] as const) {
  Deno.test(`an intent long past without an outcome follows the policy ${unknown}; a fresh one is left alone`, async () => {
    const { store, clock, run } = bench({ unknown });
    const alert = alertFixture({ ruleId: "r1" });
    const at = clock.now();
    await store.put(intent(newDelivery(alert, "kim@example.com", { at, origin: "alerts/0/1" }), at), 0);
    expect(await run([alertRecord(1)])).toEqual({ unfinished: [1], counts: { later: 1 } });
    await clock.advance(120_000);
    expect(await run([alertRecord(1)])).toEqual({ unfinished: [], counts });
  });
}

Deno.test("an event is read as Lambda hands it over, and answered as it takes it", () => {
  const event = {
    eventSource: "SelfManagedKafka",
    records: {
      "alert-topic-0": [{
        topic: "alert-topic",
        partition: 0,
        offset: 15,
        key: "MDA1OTMw",
        value: "eyJhIjoxfQ==",
      }],
      "alert-topic-2": [{
        topic: "alert-topic",
        partition: 2,
        offset: 3,
        value: null,
        headers: [{ a: [1] }],
      }],
    },
  };
  const records = readKafkaEvent(event);
  expect(records.map(({ key, value }) => [key, value && new TextDecoder().decode(value)])).toEqual([
    ["005930", '{"a":1}'],
    ["", null],
  ]);
  expect(batchItemFailures(records.slice(1))).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: "alert-topic-2", offset: 3 } }],
  });
  expect(() => readKafkaEvent({ Records: [] })).toThrow(/not an event of a Kafka event source/);
});
