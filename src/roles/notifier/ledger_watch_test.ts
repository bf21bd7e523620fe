import { until as within } from "../../../tests/support/until.ts";
import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { type Delivery, inState, intent, newDelivery } from "../../alerts/ledger.ts";
import { OutsideError } from "../../core/errors.ts";
import { uncompacted } from "../../../tests/support/uncompacted.ts";
import { outcomesOf } from "../../../tests/support/outcomes.ts";
import { appendAlert, appendDelivery, NotifierBench, until } from "../../../tests/support/notifier_bench.ts";

const KIM = "kim@example.com";
const alert = alertFixture({ recipients: [KIM] });
const other = (ruleId: string) => alertFixture({ ruleId, recipients: [KIM] });
const zombies = (at: number): Delivery => newDelivery(alert, KIM, { at, origin: "alerts/0/0" });

async function stateOf(bench: NotifierBench): Promise<Delivery | undefined> {
  return (await outcomesOf(bench.log, alert))[0]?.delivery;
}

/** Another alert is worked on: its records show that somebody else wrote before them. */
async function goOn(bench: NotifierBench, ruleId: string): Promise<void> {
  await appendAlert(bench.log, other(ruleId));
  await bench.idle(60_000);
  await until(() => bench.mail.sent.some(({ deliveryId }) => deliveryId.startsWith(ruleId)), ruleId);
  await appendAlert(bench.log, other(`${ruleId}-again`));
  await bench.idle(60_000);
}

Deno.test("a zombie's intent that comes after the outcome does not stand: the outcome is written again", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  await appendAlert(bench.log, alert);
  await bench.start();
  await bench.idle(5_000);
  await appendDelivery(bench.log, intent(zombies(bench.clock.now()), bench.clock.now()));
  expect((await stateOf(bench))?.state).toBe("calling");
  await goOn(bench, "next");
  expect((await stateOf(bench))?.state).toBe("sent");
  expect(bench.mail.sent.filter(({ deliveryId }) => deliveryId.startsWith(alert.id)).length).toBe(1);
});

Deno.test("with nothing else to do the ledger is checked as well", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  await appendAlert(bench.log, alert);
  await bench.start();
  await bench.idle(5_000);
  await appendDelivery(bench.log, intent(zombies(bench.clock.now()), bench.clock.now()));
  await bench.clock.advance(11_000);
  await within(async () => (await stateOf(bench))?.state === "sent", "the ledger to be put right");
});

Deno.test("what a zombie sent while we had yet to try is sent, and not tried again", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  bench.mail.before = ({ deliveryId }) => {
    if (!deliveryId.startsWith(alert.id)) return;
    throw new OutsideError("throttled", "slow down", { retryable: true, retryAfterMs: 300_000 });
  };
  await appendAlert(bench.log, alert);
  await bench.start();
  await until(() => bench.states.some(({ state }) => state === "failed"), "the first try");
  const at = bench.clock.now();
  const sent = inState(intent(zombies(at), at), "sent", { at, providerId: "the zombie's", transport: "ses" });
  await appendDelivery(bench.log, sent);
  await appendAlert(bench.log, other("next"));
  await bench.idle(400_000);
  expect(await stateOf(bench)).toMatchObject({ state: "sent", providerId: "the zombie's" });
  expect(bench.mail.calls).toBe(2);
});

Deno.test("what a zombie sent is not called for again, though our next intent is written before we know of it", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  const log = uncompacted(bench.log);
  bench.mail.before = () => {
    if (bench.mail.calls > 1) return;
    throw new OutsideError("throttled", "slow down", { retryable: true, retryAfterMs: 3_000 });
  };
  await appendAlert(bench.log, alert);
  await bench.start({ log });
  await until(() => bench.states.some(({ state }) => state === "failed"), "the first try");
  const at = bench.clock.now();
  const sent = inState(intent(zombies(at), at), "sent", { at, providerId: "the zombie's", transport: "ses" });
  await appendDelivery(log, sent);
  await bench.clock.advance(9_000);
  await within(async () => (await stateOf(bench))?.state === "sent", "the delivery's end");
  expect(await stateOf(bench)).toMatchObject({ state: "sent", providerId: "the zombie's" });
  expect(bench.mail.calls).toBe(1);
});

Deno.test("a zombie's delivery of an alert that nobody here knows is taken up", async () => {
  await using bench = await NotifierBench.open({}, { partitions: 1 });
  await bench.start();
  await appendAlert(bench.log, other("first"));
  await bench.idle(5_000);
  await appendDelivery(bench.log, intent(zombies(bench.clock.now()), bench.clock.now()));
  await goOn(bench, "next");
  expect((await stateOf(bench))?.state).toBe("sent");
});
