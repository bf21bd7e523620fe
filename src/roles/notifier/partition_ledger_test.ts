import { expect } from "expect";
import { DELIVERY_POLICY } from "../../alerts/delivery_policy.ts";
import { digestGroupOf } from "../../alerts/digest_cause.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import {
  decodeDelivery,
  type Delivery,
  deliveryKey,
  inState,
  intent,
  newDelivery,
} from "../../alerts/ledger.ts";
import { newNotice } from "../../alerts/notice.ts";
import { seededRandom } from "../../core/backoff.ts";
import { VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { EventLog, NewRecord, Position } from "../../ports/event_log.ts";
import { appendAlert, NotifierBench } from "../../../tests/support/notifier_bench.ts";
import { allRecords } from "../../../tests/support/temporary_log.ts";
import { until } from "../../../tests/support/until.ts";
import { DigestDesk } from "./digests.ts";
import { PartitionLedger } from "./partition_ledger.ts";

/** A ledger whose log acknowledges, and does something else meanwhile; nothing in it is compacted, as Kafka may leave it. */
function ledgerOf(during: () => unknown) {
  const lease = new AbortController();
  const appended: NewRecord[] = [];
  const log = {
    async append(records: readonly NewRecord[]): Promise<Position[]> {
      await during();
      const from = appended.push(...records) - records.length;
      return records.map((_, index) => ({ topic: "deliveries", partition: 0, offset: from + index }));
    },
    bounds: () => Promise.resolve({ start: 0, end: appended.length }),
    async *read() {
      const records = appended.map(({ key, value, timestamp }, offset) => ({
        ...{ topic: "deliveries", partition: 0, offset, key, timestamp, headers: {} },
        value: new TextEncoder().encode(value as string),
      }));
      yield await Promise.resolve({ records });
    },
  };
  const lapse = { over: false };
  const lose = () =>
    lease.abort(new OutsideError("not_assigned", "somebody else has it", { retryable: false }));
  const ledger = new PartitionLedger({
    log: log as unknown as EventLog,
    partition: 0,
    clock: new VirtualClock(10),
    random: seededRandom(1),
    policy: DELIVERY_POLICY,
    budget: { openLimit: 10, contentLimit: 10, open: 0, contents: 0 },
    rememberMs: 1,
    signal: lease.signal,
    lapsed: () => {
      if (lapse.over) lose();
      return lapse.over;
    },
  });
  return { ledger, appended, lose, lapse };
}

const fresh = () => newDelivery(alertFixture(), "kim@example.com", { at: 1, origin: "alerts/0/0" });

Deno.test("a partition that is lost while an intent is written: the intent is there, and no call follows", async () => {
  for (const atOnce of [true, false]) {
    let lost = false;
    const { ledger, lose } = ledgerOf(() => lost && lose());
    const planned = ledger.begin(fresh(), { type: "admitted", at: 2, place: atOnce });
    lost = atOnce;
    const written = await ledger.write([planned], []);
    expect(written?.[0]?.step.then.do).toBe(atOnce ? "end" : "wait");
    lost = true;
    const step = await ledger.step(planned.open, { type: "called", at: 3 });
    expect([step?.then.do, step?.delivery]).toEqual(["end", undefined]);
  }
});

Deno.test("what was let through counts once for whoever reads the ledger, whatever became of it; notices do not", async () => {
  const before = ledgerOf(() => {});
  const write = async (delivery: Delivery) => {
    const planned = before.ledger.begin(delivery, { type: "admitted", at: 2, place: false });
    await before.ledger.write([planned], []);
    return planned.open;
  };
  const open = await write(fresh());
  await before.ledger.step(open, { type: "called", at: 3 });
  await before.ledger.step(open, { type: "accepted", at: 4, providerId: "1", transport: "smtp" });
  const who = { tenant: "default", recipient: "kim@example.com" };
  await write(newNotice({ kind: "test", locale: "en" }, { ...who, name: 1, at: 1 }));
  expect(before.appended.length).toBe(4);
  const { ledger, appended } = ledgerOf(() => {});
  appended.push(...before.appended);
  expect((await ledger.load()).counted).toEqual([{ ...who, at: 1, offset: 0 }]);
});

Deno.test("who has lost the partition writes nothing more and calls nobody", async () => {
  const { ledger, appended, lose } = ledgerOf(() => {});
  const planned = ledger.begin(fresh(), { type: "admitted", at: 2, place: false });
  await ledger.write([planned], []);
  lose();
  const step = await ledger.step(planned.open, { type: "called", at: 3 });
  expect([step?.then.do, step?.write, appended.length]).toEqual(["end", false, 1]);
});

Deno.test("who was frozen for longer than his lease writes no intent, though nobody has said yet that it is over", async () => {
  const { ledger, appended, lapse } = ledgerOf(() => {});
  const planned = ledger.begin(fresh(), { type: "admitted", at: 2, place: false });
  await ledger.write([planned], []);
  lapse.over = true;
  const step = await ledger.step(planned.open, { type: "called", at: 3 });
  expect([step?.then.do, step?.write, appended.length]).toEqual(["end", false, 1]);
});

Deno.test("the intent of each call is in the log before it, of a retry's too", async () => {
  await using bench = await NotifierBench.open();
  const intents: number[] = [];
  bench.mail.before = async () => {
    const records = await allRecords(bench.log, "deliveries");
    const calling = records.map(({ value }) => decodeDelivery(value as Uint8Array))
      .filter(({ state }) => state === "calling");
    intents.push(Math.max(0, ...calling.map(({ attempts }) => attempts)));
    if (bench.mail.calls === 1) {
      throw new OutsideError("away", "the mail service is away", { retryable: true });
    }
  };
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await until(async () => {
    await bench.clock.advance(1_000);
    return bench.mail.calls >= 2;
  }, "the second call");
  expect(intents).toEqual([1, 2]);
});

Deno.test("a rule that repeats daily makes nobody forget what was sent for shorter windows today", async () => {
  const { ledger } = ledgerOf(() => {});
  const deliver = async (delivery: Delivery) => {
    const { open } =
      (await ledger.write([ledger.begin(delivery, { type: "admitted", at: 2, place: true })], []))![0]!;
    await ledger.step(open, { type: "accepted", at: 3, providerId: "1", transport: "smtp" });
    return open.key;
  };
  const alert = alertFixture();
  const hourly = await deliver(fresh());
  const daily = { ...alert, id: "daily@0", repeat: "day" as const, windowEnd: alert.eventTime + 50_000_000 };
  await deliver(newDelivery(daily, "kim@example.com", { at: 1, origin: "alerts/0/1" }));
  ledger.forgetOld();
  expect(ledger.wants(hourly, false)).toBe(false);
});

Deno.test("what was sent stays sent for the next notifier, though a zombie's record of an earlier call came after it", async () => {
  const { ledger, appended } = ledgerOf(() => {});
  const called = intent(fresh(), 2);
  const sent = inState(called, "sent", { at: 4, providerId: "1", transport: "ses" });
  const failed = inState(called, "failed", { at: 3, retryAt: 3, code: "x", reason: "x" });
  for (const delivery of [called, sent, failed]) appended.push(ledger.record(delivery));
  const { open, overwritten } = await ledger.load();
  expect([open.length, ledger.wants(deliveryKey(called.id, called.recipient), false)]).toEqual([0, false]);
  expect(overwritten.map(({ value }) => JSON.parse(String(value)).state)).toEqual(["sent"]);
  // Sent again on demand, it is open.
  appended.push(ledger.record({ ...called, since: 5 }));
  expect((await ledger.load()).open.length).toBe(1);
});

Deno.test("what went into a digest stays in it for the next notifier, though a zombie's record of an earlier gathering came after it", async () => {
  const { ledger, appended } = ledgerOf(() => {});
  const waiting = inState(fresh(), "waiting", { at: 2, until: 3, why: "storm" });
  const digest = { digestId: "digest:a", digestSymbol: waiting.symbol };
  const zombies = inState(waiting, "gathered", { at: 4, digestId: "digest:z", digestSymbol: waiting.symbol });
  const digested = inState(inState(waiting, "gathered", { at: 5, ...digest }), "digested", {
    at: 5,
    ...digest,
  });
  for (const delivery of [waiting, digested, zombies]) appended.push(ledger.record(delivery));
  const { open, overwritten } = await ledger.load();
  expect(open.length).toBe(0);
  expect(overwritten.map(({ value }) => JSON.parse(String(value)))).toMatchObject([{
    state: "digested",
    ...digest,
  }]);
  // Gathered later than that, it is for the one that gathered it to say: the first digest may have been a zombie's.
  appended.push(ledger.record({ ...zombies, at: 6 }));
  expect((await ledger.load()).open.length).toBe(1);
});

Deno.test("a partition is kept until the digest that lists something of it is written: nobody lists that anew", async () => {
  const written = Promise.withResolvers<void>();
  let appends = 0;
  // The first waits, is gathered, and then the digest's own record is on its way.
  const ledgers = [ledgerOf(() => ++appends < 3 ? undefined : written.promise), ledgerOf(() => {})];
  const desk = new DigestDesk({ clock: new VirtualClock(10), policy: DELIVERY_POLICY });
  let group = "";
  for (const { ledger } of ledgers) {
    const digest = { until: 5, why: "storm" } as const;
    const planned = ledger.begin(fresh(), { type: "admitted", at: 2, place: false, digest });
    await ledger.write([planned], []);
    desk.add(planned.open);
    group = digestGroupOf(planned.open);
  }
  const gathering = desk.gather(group, 10);
  await until(() => appends === 3, "the digest's record");
  const [, other] = ledgers;
  let isGone = false;
  const gone = other!.ledger.quiet().then(() => isGone = true);
  await new Promise((resolve) => setTimeout(resolve));
  expect(isGone).toBe(false);
  written.resolve();
  expect((await gathering).length).toBe(1);
  await gone;
});
