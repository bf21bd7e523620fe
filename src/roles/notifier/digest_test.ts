import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { type Delivery, inState, newDelivery, newDigest } from "../../alerts/ledger.ts";
import { OutsideError } from "../../core/errors.ts";
import { listDeadLetters, redriveDeadLetter } from "../../books/dead_letters.ts";
import { outcomesOf } from "../../../tests/support/outcomes.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { silenceRecord } from "../../books/silences.ts";
import {
  appendAlert,
  appendAlerts,
  appendDelivery,
  NotifierBench,
  until,
} from "../../../tests/support/notifier_bench.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SYMBOLS = ["005930", "000660", "035420", "005380", "068270", "051910"];

function crash(count: number) {
  return Array.from(
    { length: count },
    (_, index) => alertFixture({ ruleId: `r${index}`, symbol: SYMBOLS[index % SYMBOLS.length] as string }),
  );
}

Deno.test("beyond the limit in a minute the rest go into one digest that lists every one", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 10 });
  const alerts = crash(100);
  await appendAlerts(bench.log, alerts);
  await bench.start();
  await until(() => bench.mail.sent.length === 10, "the first ten");
  await bench.clock.advance(MINUTE - 1_000);
  expect(bench.mail.sent.length).toBe(10);
  await bench.idle(2 * MINUTE);
  expect(bench.mail.sent.length).toBe(11);
  const digest = bench.mail.sent[10];
  expect(digest?.alerts.length).toBe(90);
  expect(digest?.subject).toMatch(/^\[모아보기 알림\] 09시47분 - 삼성전자 외 89건$/);
  const reached = bench.mail.sent.flatMap((message) => message.alerts.map((alert) => alert.id));
  expect(reached.sort()).toEqual(alerts.map((alert) => alert.id).sort());
  const outcomes = await Promise.all(
    alerts.map(async (alert) => (await outcomesOf(bench.log, alert))[0]?.outcome),
  );
  expect(outcomes.filter((outcome) => outcome === "sent").length).toBe(10);
  expect(outcomes.filter((outcome) => outcome === "digested").length).toBe(90);
});

Deno.test("another recipient is not touched by the storm, and the next minute begins anew", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 5 });
  await appendAlerts(bench.log, crash(8));
  await appendAlert(bench.log, alertFixture({ ruleId: "other", recipients: ["lee@example.com"] }));
  await bench.start();
  await until(() => bench.mail.sent.length === 6, "five and one");
  await bench.clock.advance(2 * MINUTE);
  await appendAlert(bench.log, alertFixture({ ruleId: "later" }));
  await bench.idle(MINUTE);
  expect(bench.mail.sent.map((message) => message.alerts.length).sort()).toEqual([1, 1, 1, 1, 1, 1, 1, 3]);
});

Deno.test("a storm larger than one record may be goes out in several digests, with nothing lost", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 1 });
  await appendAlerts(bench.log, crash(2_500));
  await bench.start();
  await bench.idle(2 * MINUTE);
  expect(bench.mail.sent.length).toBeLessThan(12);
  expect(new Set(bench.mail.sent.flatMap((message) => message.alerts.map((alert) => alert.id))).size).toBe(
    2_500,
  );
});

Deno.test("a restart in the middle of a storm loses and repeats nothing", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 5 });
  await appendAlerts(bench.log, crash(30));
  await bench.start();
  await until(() => bench.mail.sent.length === 5, "the first five");
  await bench.stop();
  await bench.start();
  await bench.idle(2 * MINUTE);
  expect(bench.mail.sent.map((message) => message.alerts.length)).toEqual([1, 1, 1, 1, 1, 25]);
});

Deno.test("a restart does not begin the minute's count anew", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 5 });
  await appendAlerts(bench.log, crash(4));
  await bench.start();
  await until(() => bench.states.filter((delivery) => delivery.state === "sent").length === 4, "four mails");
  await bench.stop();
  await appendAlerts(
    bench.log,
    Array.from({ length: 3 }, (_, index) => alertFixture({ ruleId: `more${index}` })),
  );
  await bench.start();
  await bench.idle(2 * MINUTE);
  expect(bench.mail.sent.map((message) => message.alerts.length)).toEqual([1, 1, 1, 1, 1, 2]);
});

Deno.test("quiet hours: nothing until their end, then one digest", async () => {
  // 22:30 in Seoul.
  await using bench = await NotifierBench.open({}, { now: Date.UTC(2025, 10, 26, 13, 30) });
  const book = await RecipientBook.load(bench.log);
  await book.change("Kim@Example.com", { quietHours: "22:00-07:00" }, bench.clock.now());
  await appendAlerts(bench.log, crash(3));
  await appendAlert(bench.log, alertFixture({ ruleId: "awake", recipients: ["lee@example.com"] }));
  await bench.start();
  await until(() => bench.mail.sent.length === 1, "the one who is awake");
  for (let hour = 0; hour < 8; hour++) await bench.clock.advance(HOUR);
  expect(bench.mail.sent.length).toBe(1);
  await bench.idle(HOUR);
  expect(bench.mail.sent[1]?.alerts.length).toBe(3);
  expect(bench.mail.sent[1]?.text).toContain("알림을 받지 않는 시간에 온 3건");
});

/** Alerts of one recipient, each a message of its own. */
function alertsNamed(...ids: readonly string[]) {
  return ids.map((ruleId) => alertFixture({ ruleId }));
}

const sizes = (bench: NotifierBench) => bench.mail.sent.map(({ alerts }) => alerts.length);

/** Lets the notifier take up and send what is in the log. */
async function sentCount(bench: NotifierBench, count: number) {
  await until(() => bench.states.filter(({ state }) => state === "sent").length >= count, `${count} mails`);
}

Deno.test("beyond a day's messages the rest wait for the morning's digest, over a restart too", async () => {
  await using bench = await NotifierBench.open({ recipientPerDay: 4 });
  await appendAlerts(bench.log, alertsNamed("a", "b", "c"));
  await bench.start();
  await sentCount(bench, 3);
  await bench.stop();
  await bench.start();
  await appendAlerts(bench.log, alertsNamed("d", "e"));
  await appendAlert(bench.log, alertFixture({ ruleId: "other", recipients: ["lee@example.com"] }));
  await sentCount(bench, 5);
  await until(() => bench.states.find(({ ruleId }) => ruleId === "e"), "the fifth");
  // It is 09:47 in Seoul.
  for (let hour = 0; hour < 21; hour++) await bench.clock.advance(HOUR);
  expect(sizes(bench)).toEqual([1, 1, 1, 1, 1]);
  await bench.idle(2 * HOUR);
  expect(new Date(bench.clock.now()).getUTCHours()).toBe(22);
  expect(bench.mail.sent[5]?.text).toContain("하루에 보낼 수 있는 수를 넘은 알림 1건");
});

Deno.test("a tenant's messages of a day are the tenant's: whoever they are for, and no other's", async () => {
  await using bench = await NotifierBench.open({ tenantPerDay: 3 });
  const of = (tenant: string, index: number) =>
    alertFixture({ ruleId: `${tenant}${index}`, tenant, recipients: [`u${index}@example.com`] });
  await appendAlerts(bench.log, [
    ...Array.from({ length: 5 }, (_, index) => of("acme", index)),
    of("beta", 0),
  ]);
  await bench.start();
  await sentCount(bench, 4);
  await until(() => bench.states.filter(({ state }) => state === "waiting").length === 2, "what is over");
  await bench.clock.advance(HOUR);
  expect(bench.mail.sent.map(({ tenant }) => tenant).sort()).toEqual(["acme", "acme", "acme", "beta"]);
});

Deno.test("what waits for the morning for two reasons comes in a digest of each, which says so", async () => {
  // 23:50 in Seoul.
  await using bench = await NotifierBench.open({ recipientPerDay: 1 }, {
    now: Date.UTC(2025, 10, 26, 14, 50),
  });
  const book = await RecipientBook.load(bench.log);
  await book.change("kim@example.com", { quietHours: "00:00-07:30" }, bench.clock.now());
  await appendAlerts(bench.log, alertsNamed("a", "b"));
  await bench.start();
  await until(() => bench.states.find(({ ruleId }) => ruleId === "b"), "the second");
  await bench.clock.advance(30 * MINUTE);
  await appendAlerts(bench.log, alertsNamed("c"));
  await until(() => bench.states.find(({ ruleId }) => ruleId === "c"), "the third");
  await bench.idle(8 * HOUR);
  expect(bench.mail.sent.slice(1).map(({ text }) => text.split("\n")[0]).sort()).toEqual([
    "알림을 받지 않는 시간에 온 1건을 모았습니다.",
    "하루에 보낼 수 있는 수를 넘은 알림 1건입니다.",
  ]);
});

Deno.test("what waits for a storm's digest counts as no message of the day", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 2, recipientPerDay: 4 });
  await appendAlerts(bench.log, crash(30));
  await bench.start();
  await sentCount(bench, 2);
  await bench.idle(2 * MINUTE);
  await appendAlerts(bench.log, alertsNamed("a", "b"));
  await sentCount(bench, 5);
  expect(sizes(bench)).toEqual([1, 1, 28, 1, 1]);
});

Deno.test("a suppressed address is not written to, its alerts say why, and it can be taken off the list", async () => {
  await using bench = await NotifierBench.open();
  const book = await RecipientBook.load(bench.log);
  const suppression = { cause: "bounce", reason: "550 no such user", at: 1 } as const;
  await book.change("KIM@example.com", { suppression }, 1);
  const alert = alertFixture({ ruleId: "first" });
  await appendAlert(bench.log, alert);
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.calls).toBe(0);
  expect((await outcomesOf(bench.log, alert))[0]).toMatchObject({
    outcome: "suppressed",
    delivery: { code: "bounce", reason: "550 no such user" },
  });
  await book.change("kim@example.com", { suppression: null }, 2);
  expect((await RecipientBook.load(bench.log)).all()).toEqual([]);
  await bench.clock.advance(10);
  await appendAlert(bench.log, alertFixture({ ruleId: "second" }));
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(1);
});

Deno.test("a silenced alert is kept, not delivered, and says who silenced it and why; later ones are delivered", async () => {
  await using bench = await NotifierBench.open();
  const now = bench.clock.now();
  const silence = {
    id: "s1",
    tenant: "default",
    matchers: [{ field: "symbol", value: "005930" }] as const,
    from: now,
    until: now + MINUTE,
    by: "lee",
    comment: "공시 확인 중",
    createdAt: now,
  };
  await bench.log.append([silenceRecord(silence, now)]);
  const silenced = alertFixture({ ruleId: "first" });
  await appendAlerts(bench.log, [silenced, alertFixture({ ruleId: "other", symbol: "000660" })]);
  await bench.start();
  await bench.idle(5_000);
  expect(bench.mail.sent.map((message) => message.alerts[0]?.ruleId)).toEqual(["other"]);
  expect((await outcomesOf(bench.log, silenced))[0]).toMatchObject({
    outcome: "suppressed",
    delivery: { code: "silenced", reason: "공시 확인 중 (silence s1, lee)" },
  });
  await bench.clock.advance(MINUTE);
  await appendAlert(bench.log, alertFixture({ ruleId: "later" }));
  await bench.idle(5_000);
  expect(bench.mail.sent.length).toBe(2);
});

Deno.test("an address that is suppressed while its alert waits for another try is not written to", async () => {
  await using bench = await NotifierBench.open();
  const book = await RecipientBook.load(bench.log);
  bench.mail.before = () => {
    throw new OutsideError("x", "away", { retryable: true, retryAfterMs: MINUTE });
  };
  await appendAlert(bench.log, alertFixture());
  await bench.start();
  await until(() => bench.mail.calls === 1, "the first try");
  await book.change("kim@example.com", { suppression: { cause: "manual", reason: "left", at: 1 } }, 1);
  await bench.idle(5 * MINUTE);
  expect(bench.mail.calls).toBe(1);
  expect((await outcomesOf(bench.log, alertFixture()))[0]?.outcome).toBe("suppressed");
});

Deno.test("a digest that is refused leaves one dead letter for each of its alerts, each redriven by itself", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 1 });
  bench.mail.before = (message) => {
    if (message.alerts.length > 1) throw new OutsideError("ses_refused", "too large", { retryable: false });
  };
  const alerts = crash(4);
  await appendAlerts(bench.log, alerts);
  await bench.start();
  await bench.idle(2 * MINUTE);
  const { data } = await listDeadLetters(bench.log, { limit: 10 });
  expect(data.length).toBe(3);
  const outcomes = await Promise.all(
    alerts.map(async (alert) => (await outcomesOf(bench.log, alert))[0]?.outcome),
  );
  expect(outcomes.filter((outcome) => outcome === "dead_lettered").length).toBe(3);
  await bench.clock.advance(2 * MINUTE);
  await redriveDeadLetter(bench.log, data[0]?.id ?? -1, bench.clock.now());
  await bench.idle(2 * MINUTE);
  expect(bench.mail.sent.length).toBe(2);
});

/** A member as a crash leaves it between the two writes of a digest. */
function gathered(at: number): { member: Delivery; digest: Delivery } {
  const fresh = newDelivery(alertFixture(), "kim@example.com", { at, origin: "alerts/0/0" });
  const waiting = inState(fresh, "waiting", { at, until: at, why: "storm" });
  const digest = newDigest([waiting], { at, why: "storm" });
  const member = inState(waiting, "gathered", { at, digestId: digest.id, digestSymbol: digest.symbol });
  return { member, digest };
}

Deno.test("a crash before a digest was written: its alerts wait again and are listed once", async () => {
  await using bench = await NotifierBench.open();
  await appendDelivery(bench.log, gathered(bench.clock.now()).member);
  await bench.start();
  await bench.idle(MINUTE);
  expect(bench.mail.sent.map((message) => message.alerts.length)).toEqual([1]);
  expect((await outcomesOf(bench.log, alertFixture()))[0]?.outcome).toBe("digested");
});

Deno.test("a crash after a digest was written: it is sent, and its alerts are not listed again", async () => {
  await using bench = await NotifierBench.open();
  const { member, digest } = gathered(bench.clock.now());
  await appendDelivery(bench.log, member);
  await appendDelivery(bench.log, digest);
  await bench.start();
  await bench.idle(MINUTE);
  expect(bench.mail.sent.map((message) => message.deliveryId)).toEqual([`${digest.id}|kim@example.com`]);
  expect((await outcomesOf(bench.log, alertFixture()))[0]?.outcome).toBe("digested");
});

/** What became of the digest that came late. */
const lateOne = async (bench: NotifierBench, digest: Delivery) =>
  (await outcomesOf(bench.log, digest))[0]?.delivery;

for (const when of ["while its alert's new owner runs", "while nobody runs"]) {
  Deno.test(`a digest whose writer was slow comes ${when}, after its alert went into another: not sent`, async () => {
    await using bench = await NotifierBench.open({}, { partitions: 2 });
    const { member, digest } = gathered(bench.clock.now() - 1_000);
    await appendDelivery(bench.log, member);
    await bench.start();
    await bench.idle(MINUTE);
    if (when === "while nobody runs") await bench.stop();
    await appendDelivery(bench.log, digest);
    if (when === "while nobody runs") await bench.start();
    await bench.clock.advance(11_000);
    await until(() => bench.states.some(({ id }) => id === digest.id), "the late digest");
    await bench.idle(MINUTE);
    expect(sizes(bench)).toEqual([1]);
    expect(await lateOne(bench, digest)).toMatchObject({ state: "suppressed", code: "regathered" });
  });
}

Deno.test("of a digest that comes late only those alerts are sent that went into no other", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 2 });
  const at = bench.clock.now() - 1_000;
  const all = SYMBOLS.slice(0, 3).map((symbol, index) => {
    const alert = alertFixture({ ruleId: `r${index}`, symbol });
    return inState(newDelivery(alert, "kim@example.com", { at, origin: "alerts/0/0" }), "waiting", {
      at,
      until: at,
      why: "storm",
    });
  });
  const digest = newDigest(all, { at, why: "storm" });
  const [first, ...others] = all.map((waiting) =>
    inState(waiting, "gathered", { at, digestId: digest.id, digestSymbol: digest.symbol })
  );
  await appendDelivery(bench.log, first as Delivery);
  await bench.start();
  await bench.idle(MINUTE);
  await bench.stop();
  for (const one of [...others, digest]) await appendDelivery(bench.log, one);
  await bench.start();
  await bench.idle(MINUTE);
  expect(bench.mail.sent.map(({ alerts }) => alerts.map(({ ruleId }) => ruleId))).toEqual([["r0"], [
    "r1",
    "r2",
  ]]);
});

Deno.test("idle with flush makes the digests at once", async () => {
  await using bench = await NotifierBench.open({ stormPerMinute: 2 });
  await appendAlerts(bench.log, crash(9));
  await bench.start();
  await bench.idle(5_000, { flush: true });
  expect(bench.mail.sent.map((message) => message.alerts.length)).toEqual([1, 1, 7]);
});
