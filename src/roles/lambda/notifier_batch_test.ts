import { turns } from "../../../tests/support/turns.ts";
import { expect } from "expect";
import { RecordingChannel } from "../../../tests/support/notifier_bench.ts";
import { batchItemFailures, isScheduledEvent, readKafkaEvent } from "../../adapters/lambda/kafka_event.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import type { Consent } from "../../alerts/consent.ts";
import { deliveryKey, intent, newDelivery } from "../../alerts/ledger.ts";
import { linksOf } from "../../alerts/links.ts";
import { newNotice } from "../../alerts/notice.ts";
import { ADOPTED, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import { seededRandom } from "../../core/backoff.ts";
import { VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { ChannelError } from "../../ports/channel.ts";
import { MemoryStore } from "../../../tests/support/memory_store.ts";
import { BatchNotifier, type BatchNotifierOptions, type BatchRecord } from "./notifier_batch.ts";

function bench(over: Partial<BatchNotifierOptions> = {}) {
  const store = new MemoryStore();
  const mail = new RecordingChannel();
  const start = Date.UTC(2025, 10, 26, 0, 47, 1);
  // Links are signed off the thread, which is waited for.
  const clock = over.links === undefined ? new VirtualClock(start, turns) : new VirtualClock(start);
  const options = { store, channels: [mail], clock, random: seededRandom(1) };
  const notifier = new BatchNotifier({ ...options, ...over });
  /** Lets time pass while something is done, an hour of it at most. */
  const passing = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false;
    const working = work.finally(() => ended = true);
    working.catch(() => {});
    for (const end = clock.now() + 3_600_000; !ended;) {
      if (clock.now() > end) throw new Error("the notifier does not end");
      await clock.advance(1_000);
    }
    return await working;
  };
  const run = async (records: readonly BatchRecord[], forMs = 20_000) => {
    const { unfinished, counts } = await passing(notifier.handle(records, clock.now() + forMs));
    return { unfinished: unfinished.map(({ offset }) => offset), counts };
  };
  const tick = (forMs = 20_000) => passing(notifier.tick(clock.now() + forMs));
  const states = () => [...store.deliveries.values()].map(({ delivery }) => delivery.state).sort();
  return { store, mail, clock, run, tick, states, notifier };
}

const record = (offset: number, value: string): BatchRecord => ({
  topic: "alert-topic",
  partition: 0,
  offset,
  key: "005930",
  value: new TextEncoder().encode(value),
  headers: {},
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

Deno.test("SES is away: tried twice at once, then left to the ticks, so that the partition goes on", async () => {
  const { mail, clock, states, run, tick } = bench();
  mail.before = away;
  expect(await run([alertRecord(1), alertRecord(2)])).toEqual({ unfinished: [], counts: { queued: 2 } });
  expect(mail.calls).toBeGreaterThanOrEqual(4);
  expect(states()).toEqual(["failed", "failed"]);
  expect((await run([alertRecord(1)])).counts).toEqual({ queued: 1 });
  mail.before = () => {};
  await clock.advance(30_000);
  expect(await tick()).toEqual({ sent: 2 });
});

Deno.test("twenty minutes of tries are twenty minutes, however short the calls", async () => {
  const { store, mail, clock, run, tick } = bench();
  mail.before = away;
  const begun = clock.now();
  await run([alertRecord(1)]);
  for (let minute = 0; minute < 60 && store.letters.length === 0; minute++) {
    await clock.advance(40_000);
    await tick();
  }
  expect(clock.now() - begun).toBeGreaterThan(20 * 60_000);
  expect([mail.calls, store.letters[0]?.headers?.code]).toEqual([15, "gave_up"]);
});

Deno.test("one recipient's trouble delays nobody else's messages", async () => {
  const { mail, run } = bench({ concurrency: 2 });
  mail.before = (message, signal) =>
    message.to.endsWith("grey.example")
      ? Promise.reject(
        new ChannelError("smtp_unavailable", "450", { end: "not_taken", concerns: "recipient" }),
      )
      : void signal;
  const to = (offset: number, recipient: string) =>
    record(offset, encodeAlert(alertFixture({ ruleId: `r${offset}`, recipients: [recipient] })));
  const grey = Array.from({ length: 30 }, (_, index) => to(index, `u${index}@grey.example`));
  const good = Array.from({ length: 10 }, (_, index) => to(100 + index, "kim@good.example"));
  const { unfinished, counts } = await run([...grey, ...good]);
  expect([unfinished, counts.sent]).toEqual([[], 10]);
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
    const { store, clock, run, tick } = bench({ unknown });
    const alert = alertFixture({ ruleId: "r1" });
    const at = clock.now();
    await store.put(intent(newDelivery(alert, "kim@example.com", { at, origin: "alerts/0/1" }), at), 0);
    expect(await run([alertRecord(1)])).toEqual({ unfinished: [], counts: { queued: 1 } });
    expect(await tick()).toEqual({});
    await clock.advance(120_000);
    expect(await tick()).toEqual(counts);
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
        headers: [{ redriven: [49] }, { recipient: [-19, -126, -92, 64] }],
      }],
    },
  };
  const records = readKafkaEvent(event);
  expect(records.map(({ key, value }) => [key, value && new TextDecoder().decode(value)])).toEqual([
    ["005930", '{"a":1}'],
    ["", null],
  ]);
  expect(records[1]?.headers).toEqual({ redriven: "1", recipient: "키@" });
  expect([{ source: "aws.events" }, event, null].map(isScheduledEvent)).toEqual([true, false, false]);
  expect(batchItemFailures(records.slice(1))).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: "alert-topic-2", offset: 3 } }],
  });
  expect(() => readKafkaEvent({ Records: [] })).toThrow(/not an event of a Kafka event source/);
});

Deno.test("two that are handed the same batch at once mail it once", async () => {
  const { store, mail, clock, notifier } = bench();
  const other = new BatchNotifier({ store, channels: [mail], clock, random: seededRandom(2) });
  const batch = [alertRecord(1), alertRecord(2), alertRecord(3)];
  const results = Promise.all([notifier, other].map((one) => one.handle(batch, clock.now() + 20_000)));
  await clock.advance(1_000);
  const counts = (await results).map((result) => result.counts);
  expect(mail.sent.map(({ deliveryId }) => deliveryId).sort()).toEqual([...store.deliveries.keys()].sort());
  const of = (step: string) => counts.reduce((sum, each) => sum + (each[step] ?? 0), 0);
  expect([of("sent"), of("elsewhere") + of("known") + of("queued")]).toEqual([3, 3]);
});

Deno.test("an intent whose writing took all the time is not acted upon: by then it may be somebody else's", async () => {
  const { store, mail, clock, run, tick } = bench();
  store.before = (delivery) => delivery.state === "calling" ? clock.sleep(30_000) : undefined;
  expect(await run([alertRecord(1)])).toEqual({ unfinished: [], counts: { queued: 1 } });
  expect(mail.calls).toBe(0);
  store.before = () => {};
  await clock.advance(5_000);
  expect(await tick()).toEqual({ sent: 1 });
});

Deno.test("a storm becomes one digest at the end of the minute, whoever counted", async () => {
  const { store, mail, clock, run, tick, states } = bench({ stormPerMinute: 2 });
  const batch = [1, 2, 3, 4, 5].map((offset) => alertRecord(offset));
  expect(await run(batch.slice(0, 3))).toEqual({ unfinished: [], counts: { sent: 2, waiting: 1 } });
  const other = new BatchNotifier({
    store,
    channels: [mail],
    clock,
    random: seededRandom(2),
    stormPerMinute: 2,
  });
  expect((await other.handle(batch, clock.now() + 20_000)).counts).toEqual({ known: 2, waiting: 3 });
  expect(await tick()).toEqual({});
  await clock.advance(60_000);
  expect(await tick()).toEqual({ digested: 3, sent: 1 });
  expect(mail.sent.length).toBe(3);
  expect(mail.sent[2]?.alerts.map((alert) => alert.ruleId).sort()).toEqual(["r3", "r4", "r5"]);
  expect(states()).toEqual(["digested", "digested", "digested", "sent", "sent", "sent"]);
  expect(await tick()).toEqual({});
  expect((await run(batch)).counts).toEqual({ known: 5 });
  expect((await run([alertRecord(6)])).counts).toEqual({ sent: 1 });
});

Deno.test("quiet hours last until their end, silences and suppression for good", async () => {
  const { store, mail, clock, run, tick } = bench();
  const KIM = "kim@example.com";
  const settings = (over: Partial<RecipientSettings>): RecipientSettings => ({
    recipient: KIM,
    suppression: null,
    quietHours: null,
    updatedAt: 1,
    ...over,
  });
  // It is 09:47 in Seoul.
  await store.putRecipient(settings({ quietHours: "09:00-10:00" }));
  expect((await run([alertRecord(1)])).counts).toEqual({ waiting: 1 });
  await clock.advance(14 * 60_000);
  expect(await tick()).toEqual({ digested: 1, sent: 1 });
  expect(mail.sent[0]?.alerts.length).toBe(1);

  await store.putSilences([{
    id: "s1",
    tenant: alertFixture().tenant,
    matchers: [{ field: "ruleId", value: "r2" }],
    from: 0,
    until: clock.now() + 60_000,
    by: "lee",
    comment: "maintenance",
    createdAt: 0,
  }]);
  expect((await run([alertRecord(2), alertRecord(3)])).counts).toEqual({ suppressed: 1, sent: 1 });
  const silenced = [...store.deliveries.values()].find(({ delivery }) => delivery.state === "suppressed");
  expect(silenced?.delivery).toMatchObject({
    code: "silenced",
    reason: "maintenance (silence s1, lee)",
  });

  await store.putRecipient(settings({ suppression: { cause: "bounce", reason: "gone", at: 1 } }));
  expect((await run([alertRecord(4)])).counts).toEqual({ suppressed: 1 });
});

Deno.test("what was dead-lettered is made again when it is redriven, for that recipient, and only once", async () => {
  const { mail, run } = bench();
  mail.before = () => {
    throw new OutsideError("ses_refused", "no", { retryable: false });
  };
  expect((await run([alertRecord(1)])).counts).toEqual({ dead: 1 });
  mail.before = () => {};
  expect((await run([alertRecord(1)])).counts).toEqual({ known: 1 });
  const redriven = (recipient: string) => ({
    ...alertRecord(1),
    offset: 9,
    headers: { redriven: "1", recipient },
  });
  expect((await run([redriven("other@example.com")])).counts).toEqual({});
  expect((await run([redriven("kim@example.com")])).counts).toEqual({ sent: 1 });
  expect((await run([redriven("kim@example.com")])).counts).toEqual({ known: 1 });
  expect(mail.sent.length).toBe(1);
});

Deno.test("a digest that was begun by one whose time ran out is finished, or begun anew; none is listed twice", async () => {
  const { store, mail, clock, run, tick, states } = bench({ stormPerMinute: 1 });
  await run([1, 2, 3].map((offset) => alertRecord(offset)));
  await clock.advance(60_000);
  // The first dies before the digest is written, the second before its members are marked.
  store.before = (delivery) => {
    if (delivery.id.startsWith("digest:")) throw new OutsideError("died", "died", { retryable: true });
  };
  expect(await tick()).toEqual({ later: 1 });
  expect(states()).toEqual(["gathered", "gathered", "sent"]);
  store.before = (delivery) => {
    if (delivery.state === "digested") throw new OutsideError("died", "died", { retryable: true });
  };
  await clock.advance(121_000);
  expect(await tick()).toEqual({ later: 1 });
  expect(states()).toEqual(["gathered", "gathered", "pending", "sent"]);
  store.before = () => {};
  expect(await tick()).toEqual({ sent: 1 });
  await clock.advance(121_000);
  await tick();
  expect(states()).toEqual(["digested", "digested", "sent", "sent"]);
  expect(mail.sent.map(({ alerts }) => alerts.length)).toEqual([1, 2]);
});

Deno.test("a digest whose channel is away is tried by the next ones until it is sent", async () => {
  const { mail, clock, run, tick, states } = bench({ stormPerMinute: 1 });
  await run([1, 2].map((offset) => alertRecord(offset)));
  await clock.advance(60_000);
  mail.before = away;
  expect(await tick()).toEqual({ digested: 1, queued: 1 });
  expect(states()).toEqual(["digested", "failed", "sent"]);
  mail.before = () => {};
  await clock.advance(60_000);
  expect(await tick()).toEqual({ sent: 1 });
});

const NOON = Date.UTC(2025, 10, 26, 3);
const OPTIONS = {
  consent: { asks: true, confirmed: [], refused: [] },
  links: linksOf({ consoleUrl: "https://desk.example", secret: "a secret of the tests" }),
};

/** Settings of one recipient's consent to a tenant. */
function consented(who: { recipient: string; tenant: string }, state: Consent["state"], at: number) {
  const consent = { state, by: "link", at, asks: 1, askedAt: at } as const;
  return { ...who, suppression: null, quietHours: null, consent, updatedAt: at };
}

Deno.test("a day's messages are counted in the store; the rest wait for the morning's digest", async () => {
  const { store, mail, clock, run, tick, states } = bench({ recipientPerDay: 2, tenantPerDay: 3 });
  await clock.advance(NOON - clock.now());
  const of = (offset: number, recipients: string[]) =>
    record(offset, encodeAlert(alertFixture({ ruleId: `r${offset}`, recipients })));
  const kim = ["kim@example.com"];
  expect((await run([of(1, kim), of(2, kim)])).counts).toEqual({ sent: 2 });
  expect((await run([of(3, kim)])).counts).toEqual({ waiting: 1 });
  // What waits counts as no message: the tenant has one left.
  expect((await run([of(4, ["lee@example.com"])])).counts).toEqual({ sent: 1 });
  expect((await run([of(5, ["park@example.com"])])).counts).toEqual({ waiting: 1 });
  expect(states()).toEqual(["sent", "sent", "sent", "waiting", "waiting"]);
  const waiting = [...store.deliveries.values()].filter(({ delivery }) => delivery.state === "waiting");
  for (const { delivery } of waiting) {
    expect([delivery.why, delivery.until]).toEqual(["quota", Date.parse("2025-11-27T07:30:00+09:00")]);
  }
  await clock.advance(19 * 3_600_000);
  expect(await tick()).toEqual({});
  await clock.advance(3_600_000);
  expect(await tick()).toEqual({ digested: 2, sent: 2 });
  expect(mail.sent.at(-1)?.text).toContain("하루에 보낼 수 있는 수를 넘은 알림 1건");
  expect((await run([of(6, kim)])).counts).toEqual({ sent: 1 });
});

Deno.test("what waits for a storm's digest counts as no message of the day in the store either", async () => {
  const { clock, run } = bench({ stormPerMinute: 1, recipientPerDay: 2 });
  const storm = [1, 2, 3, 4].map((offset) => alertRecord(offset));
  expect((await run(storm)).counts).toEqual({ sent: 1, waiting: 3 });
  await clock.advance(60_000);
  expect((await run([alertRecord(5)])).counts).toEqual({ sent: 1 });
});

Deno.test("a new address is asked once; its alerts wait, and come in one message when it agrees", async () => {
  const { store, mail, clock, run, tick, states } = bench(OPTIONS);
  await store.putRecipient(consented(ADOPTED, "confirmed", 1));
  expect((await run([alertRecord(1), alertRecord(2)])).counts).toEqual({ waiting: 2 });
  expect(await tick()).toEqual({ sent: 1 });
  expect(mail.sent[0]?.text).toContain("https://desk.example/v1/pages/confirm?token=");
  expect((await run([alertRecord(3)])).counts).toEqual({ waiting: 1 });
  await clock.advance(5 * 60_000);
  expect(await tick()).toEqual({});
  expect(states()).toEqual(["sent", "unconfirmed", "unconfirmed", "unconfirmed"]);
  const kim = { recipient: "kim@example.com", tenant: alertFixture().tenant };
  await store.putRecipient(consented(kim, "confirmed", clock.now()));
  await clock.advance(15 * 60_000);
  await tick();
  await clock.advance(5_000);
  await tick();
  expect(mail.sent.map(({ alerts }) => alerts.length)).toEqual([0, 3]);
  expect((await run([alertRecord(4)])).counts).toEqual({ sent: 1 });
});

Deno.test("who says stop, or does not agree in time, gets nothing of what waited", async () => {
  const { store, mail, clock, run, tick } = bench(OPTIONS);
  await store.putRecipient(consented(ADOPTED, "confirmed", 1));
  const lee = { recipient: "lee@example.com", tenant: alertFixture().tenant };
  const to = (offset: number, recipient: string) =>
    record(offset, encodeAlert(alertFixture({ ruleId: `r${offset}`, recipients: [recipient] })));
  await run([to(1, "kim@example.com"), to(2, lee.recipient)]);
  expect(await tick()).toEqual({ sent: 2 });
  await store.putRecipient(consented(lee, "stopped", clock.now()));
  await clock.advance(13 * 3_600_000);
  await tick();
  const ends = [...store.deliveries.values()].map(({ delivery }) => [delivery.recipient, delivery.code]);
  expect(ends.filter(([, code]) => code !== undefined).sort()).toEqual([
    ["kim@example.com", "not_confirmed"],
    ["lee@example.com", "stopped"],
  ]);
  expect(mail.sent.length).toBe(2);
});

Deno.test("nothing is sent to a refused domain, whenever its rule was made, nor is anybody there asked", async () => {
  const { store, mail, run, tick } = bench({
    ...OPTIONS,
    consent: { asks: true, confirmed: [], refused: ["spam.example"] },
  });
  await store.putRecipient(consented(ADOPTED, "confirmed", 1));
  const alert = alertFixture({ recipients: ["kim@a.spam.example"] });
  expect((await run([record(1, encodeAlert(alert))])).counts).toEqual({ suppressed: 1 });
  expect(await tick()).toEqual({});
  expect(mail.sent).toEqual([]);
  expect([...store.deliveries.values()].map(({ delivery }) => delivery.code)).toEqual(["refused_domain"]);
});

Deno.test("a notice that control wrote goes out by the tick, once, whatever the day's quota, and not after its time", async () => {
  const { store, mail, clock, run, tick } = bench({ ...OPTIONS, tenantPerDay: 1 });
  const who = { tenant: alertFixture().tenant, recipient: "kim@example.com", at: clock.now() };
  await run([alertRecord(1)]);
  const until = clock.now() + 900_000;
  await store.begin(
    newNotice({ kind: "sign-in", locale: "en", ticket: "t1", until }, { ...who, name: "t1" }),
  );
  expect(await tick()).toEqual({ sent: 1 });
  expect(await tick()).toEqual({});
  expect(mail.sent[1]?.subject).toContain("[sign in]");
  const old = newNotice({ kind: "sign-in", locale: "en", until: clock.now() - 1 }, { ...who, name: "t2" });
  await store.begin(old);
  await tick();
  expect(store.deliveries.get(deliveryKey(old.id, old.recipient))?.delivery).toMatchObject({
    state: "dead",
    code: "expired",
  });
  expect(mail.sent.length).toBe(2);
});
