import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { appendAlert, NotifierBench } from "../../tests/support/notifier_bench.ts";

Deno.test("an alert becomes one mail for each recipient, and a duplicate none", async () => {
  await using bench = await NotifierBench.open();
  const { log, mail } = bench;
  await appendAlert(log, alertFixture({ recipients: ["a@example.com", "b@example.com"] }));
  await appendAlert(log, alertFixture({ recipients: ["a@example.com", "b@example.com"] }));
  await bench.start();
  await bench.settle(5_000);
  expect(mail.sent.map((message) => message.to).sort()).toEqual(["a@example.com", "b@example.com"]);
  expect(mail.sent[0]?.subject).toBe("[목표가 알림] 09시47분 - 삼성전자");
  expect(mail.sent[0]?.alerts[0]?.recipients).toHaveLength(1);
});
