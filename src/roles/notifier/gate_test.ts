import { expect } from "expect";
import { temporaryLog } from "../../../tests/support/temporary_log.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import { newDelivery } from "../../alerts/ledger.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { Silences } from "../../books/silences.ts";
import { Webhooks } from "../../books/webhooks.ts";
import { CANARY_TENANT } from "../../rules/tenancy.ts";
import { NotifierGate } from "./gate.ts";

Deno.test("a partition that goes to another process and comes back: what each counted is counted once", async () => {
  await using temporary = await temporaryLog();
  const books = {
    book: new RecipientBook(temporary.log),
    silences: new Silences(),
    webhooks: new Webhooks(),
  };
  const gate = new NotifierGate(books, { stormPerMinute: 0, perDay: { tenant: 0, recipient: 5 } });
  const now = Date.UTC(2025, 10, 26, 3);
  const delivery = newDelivery(alertFixture(), "kim@example.com", { at: now, origin: "alerts/0/0" });
  const { tenant = "", recipient } = delivery;
  const message = (offset: number) => ({ tenant, recipient, at: now, offset });
  const verdict = () => gate.verdict(delivery, now, true).digest?.why;
  expect([verdict(), verdict()]).toEqual([undefined, undefined]);
  gate.release(0, 2);
  // The other process sent two of its own before it gave the partition back.
  gate.recall({ partition: 0, messages: [0, 1, 2, 3].map(message) }, now);
  expect([verdict(), verdict()]).toEqual([undefined, "quota"]);
});

Deno.test("the canary's messages are in no quota and no storm: one a minute must arrive", async () => {
  await using temporary = await temporaryLog();
  const books = {
    book: new RecipientBook(temporary.log),
    silences: new Silences(),
    webhooks: new Webhooks(),
  };
  const gate = new NotifierGate(books, { stormPerMinute: 1, perDay: { tenant: 1, recipient: 1 } });
  const now = Date.UTC(2025, 10, 26, 3);
  const alert = alertFixture({ tenant: CANARY_TENANT });
  const delivery = newDelivery(alert, "kim@example.com", { at: now, origin: "alerts/0/0" });
  for (let minute = 0; minute < 3; minute++) expect(gate.verdict(delivery, now, true).digest).toBeUndefined();
});
