import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { intent, newDelivery } from "../../alerts/ledger.ts";
import { OutsideError } from "../../core/errors.ts";
import { SteadyClock } from "../../core/steady_clock.ts";
import {
  appendAlert,
  appendAlerts,
  appendDelivery,
  NotifierBench,
} from "../../../tests/support/notifier_bench.ts";

const HOUR = 3_600_000;
const away = () => {
  throw new OutsideError("ses_unavailable", "SES: ServiceUnavailable: away", { retryable: true });
};

for (const [words, ms] of [["back", -HOUR], ["on", HOUR]] as const) {
  Deno.test(`a machine's time that is put ${words} by an hour for good holds no message up`, async () => {
    await using bench = await NotifierBench.open({ stormPerMinute: 3 });
    const alerts = (from: number) =>
      Array.from({ length: 3 }, (_, index) => alertFixture({ ruleId: `r${from + index}` }));
    bench.mail.before = away;
    await appendAlerts(bench.log, alerts(0));
    await bench.start();
    // All have failed, some wait for their next try and the lane for the end of its pause.
    await bench.clock.advance(8_000);
    expect(bench.mail.sent).toEqual([]);
    bench.clock.step(ms);
    bench.mail.before = () => {};
    await bench.clock.advance(20_000);
    expect(bench.mail.sent.length).toBe(3);
    await bench.clock.advance(60_000);
    await appendAlerts(bench.log, alerts(3));
    await bench.clock.advance(1_000);
    expect(bench.mail.sent.length).toBe(6);
  });
}

Deno.test("a try that a notifier planned before the time was put back comes after its wait, also in the next notifier", async () => {
  await using bench = await NotifierBench.open();
  const alert = alertFixture();
  const at = bench.clock.now() + HOUR;
  const called = intent(
    newDelivery(alert, alert.recipients[0]!, { at, origin: "alerts/0/0", since: at }),
    at,
  );
  await appendDelivery(bench.log, {
    ...called,
    state: "failed",
    at,
    retryAt: at + 5_000,
    code: "ses_unavailable",
    reason: "away",
  });
  await bench.start();
  await bench.clock.advance(6_000);
  expect(bench.mail.sent.length).toBe(1);
});

Deno.test("31 days on for 40 s: what is due goes out, and nothing is too old", async () => {
  await using bench = await NotifierBench.open();
  const clock = new SteadyClock(bench.clock);
  bench.mail.before = away;
  await appendAlert(bench.log, alertFixture({ ruleId: "waits" }));
  await bench.start({ clock });
  await bench.clock.advance(3_000);
  bench.clock.step(31 * 24 * HOUR);
  bench.mail.before = () => {};
  await appendAlert(bench.log, alertFixture({ ruleId: "comes" }));
  await bench.clock.advance(40_000);
  bench.clock.step(-31 * 24 * HOUR);
  await bench.clock.advance(1_000);
  expect(bench.mail.sent.map(({ alerts }) => alerts[0]?.ruleId).sort()).toEqual(["comes", "waits"]);
});
