import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { inState, newDelivery } from "../../alerts/ledger.ts";
import { linksOf } from "../../alerts/links.ts";
import { readLink } from "../../alerts/signed_links.ts";
import { newNotice } from "../../alerts/notice.ts";
import { adopt, ask, confirm, noticeRecord, stop } from "../../books/consents.ts";
import { outcomesOf } from "../../../tests/support/outcomes.ts";
import { RecipientBook } from "../../books/recipients.ts";
import {
  appendAlert,
  appendAlerts,
  appendDelivery,
  NotifierBench,
  until,
} from "../../../tests/support/notifier_bench.ts";

const SECRET = "a secret of the tests";
const OPTIONS = {
  consent: { asks: true, confirmed: ["desk.example"], refused: [] },
  links: linksOf({ consoleUrl: "https://desk.example", secret: SECRET }),
};
const KIM = { tenant: "default", recipient: "kim@example.com" };

async function withAdopted(body: (bench: NotifierBench, book: RecipientBook) => Promise<void>) {
  await using bench = await NotifierBench.open(OPTIONS, { signs: true });
  const book = await RecipientBook.load(bench.log);
  await adopt(book, bench.clock.now());
  await bench.start();
  await body(bench, book);
}

/** Lets time pass until there are as many mails. */
async function mailed(bench: NotifierBench, count: number): Promise<void> {
  for (let turn = 0; bench.mail.sent.length < count && turn < 400; turn++) await bench.clock.advance(50);
  expect(bench.mail.sent.length).toBe(count);
}

const statesOf = (bench: NotifierBench, id: string) =>
  bench.states.filter((state) => state.id === id).map(({ state }) => state);

Deno.test("a new address is asked once; its alerts wait, and come in one message when it agrees", async () => {
  await withAdopted(async (bench) => {
    const alerts = ["a@1", "b@1"].map((id) => alertFixture({ id }));
    await appendAlerts(bench.log, alerts);
    await mailed(bench, 1);
    const [asked] = bench.mail.sent;
    expect(asked?.subject).toContain("[확인]");
    expect(asked?.text).not.toContain("삼성전자");
    expect(bench.mail.sent.length).toBe(1);
    expect(statesOf(bench, "a@1")).toEqual(["unconfirmed"]);
    const token = /pages\/confirm\?token=(\S+)/.exec(asked!.text)![1]!;
    const given = { purpose: "confirm", secret: SECRET, now: bench.clock.now() } as const;
    expect(await readLink(token, given)).toMatchObject(KIM);
    await confirm(await RecipientBook.load(bench.log), [KIM], { by: "link", at: bench.clock.now() });
    await mailed(bench, 2);
    expect(bench.mail.sent[1]!.alerts.map(({ id }) => id)).toEqual(["a@1", "b@1"]);
    await appendAlert(bench.log, alertFixture({ id: "c@1" }));
    await mailed(bench, 3);
    await bench.idle();
    expect((await outcomesOf(bench.log, alerts[0]!)).map(({ outcome }) => outcome)).toEqual(["digested"]);
  });
});

Deno.test("who does not agree in time gets nothing, and is not asked again", async () => {
  await withAdopted(async (bench) => {
    await appendAlert(bench.log, alertFixture({ id: "a@1" }));
    await mailed(bench, 1);
    await bench.clock.advance(12 * 3_600_000);
    await until(() => statesOf(bench, "a@1").at(-1) === "suppressed", "the end of the wait");
    expect(bench.states.at(-1)).toMatchObject({ code: "not_confirmed" });
    await appendAlert(bench.log, alertFixture({ id: "b@1" }));
    for (let turn = 0; statesOf(bench, "b@1").length === 0 && turn < 400; turn++) {
      await bench.clock.advance(50);
    }
    expect(statesOf(bench, "b@1")).toEqual(["unconfirmed"]);
    expect(bench.mail.sent.length).toBe(1);
  });
});

Deno.test("a confirmed domain, another channel and what stood before there was consent are not asked", async () => {
  await using bench = await NotifierBench.open(OPTIONS, { signs: true });
  await bench.start();
  await appendAlert(bench.log, alertFixture({ id: "before@1" }));
  await mailed(bench, 1);
  const book = await RecipientBook.load(bench.log);
  await confirm(book, [KIM], { by: "upgrade", at: bench.clock.now() });
  await adopt(book, bench.clock.now());
  await appendAlert(bench.log, alertFixture({ id: "after@1" }));
  await appendAlert(bench.log, alertFixture({ id: "domain@1", recipients: ["park@team.desk.example"] }));
  await mailed(bench, 3);
  expect(bench.mail.sent.every(({ alerts }) => alerts.length === 1)).toBe(true);
});

Deno.test("a stop is the address's own, of one tenant, and holds against an operator", async () => {
  await withAdopted(async (bench, book) => {
    const now = bench.clock.now();
    await confirm(book, [KIM, { ...KIM, tenant: "acme" }], { by: "operator", at: now });
    await stop(book, KIM, now);
    await confirm(book, [KIM], { by: "operator", at: now });
    expect(book.consent("KIM@example.com", "default")?.state).toBe("stopped");
    await appendAlert(bench.log, alertFixture({ id: "a@1" }));
    await appendAlert(bench.log, alertFixture({ id: "acme~a@1", tenant: "acme" }));
    await mailed(bench, 1);
    expect(bench.mail.sent[0]!.alerts[0]!.tenant).toBe("acme");
    await until(() => statesOf(bench, "a@1").at(-1) === "suppressed", "the stop");
    expect(bench.states.find(({ id }) => id === "a@1")).toMatchObject({ code: "stopped" });
    await confirm(book, [KIM], { by: "link", at: now });
    await appendAlert(bench.log, alertFixture({ id: "b@1" }));
    await mailed(bench, 2);
  });
});

Deno.test("an address that is asked and says stop gets nothing of what waited", async () => {
  await withAdopted(async (bench) => {
    await appendAlert(bench.log, alertFixture({ id: "a@1" }));
    await mailed(bench, 1);
    await stop(await RecipientBook.load(bench.log), KIM, bench.clock.now());
    await until(() => statesOf(bench, "a@1").at(-1) === "suppressed", "the stop");
    expect(bench.states.at(-1)).toMatchObject({ code: "stopped" });
  });
});

Deno.test("a notice that somebody else writes goes out at once, once, and not after its time", async () => {
  await withAdopted(async (bench, book) => {
    const at = bench.clock.now();
    const given = { ...KIM, name: "t1", at };
    const notice = newNotice({ kind: "sign-in", locale: "en", ticket: "t1", until: at + 900_000 }, given);
    await bench.log.append([noticeRecord(notice), noticeRecord(notice)]);
    await mailed(bench, 1);
    expect(bench.clock.now() - at).toBeLessThan(5_000);
    const token = /pages\/sign-in\?token=(\S+)/.exec(bench.mail.sent[0]!.text)![1]!;
    const read = await readLink(token, { purpose: "sign-in", secret: SECRET, now: at });
    expect(read).toMatchObject({ subject: "t1", expiresAt: at + 900_000 });
    const old = newNotice({ kind: "sign-in", locale: "en", until: at - 1 }, { ...given, name: "t2" });
    await ask(book, [{ ...KIM, locale: "ko" }], at);
    await bench.log.append([noticeRecord(old)]);
    await mailed(bench, 2);
    await until(() => statesOf(bench, old.id).at(-1) === "dead", "the old one's end");
    expect(bench.mail.sent.map(({ subject }) => subject.slice(0, 5))).toEqual(["[sign", "[확인] "]);
  });
});

Deno.test("who agrees while no notifier runs gets what waited as soon as one does", async () => {
  await withAdopted(async (bench) => {
    await appendAlert(bench.log, alertFixture({ id: "a@1" }));
    await mailed(bench, 1);
    await bench.stop();
    await confirm(await RecipientBook.load(bench.log), [KIM], { by: "link", at: bench.clock.now() });
    await bench.start();
    await mailed(bench, 2);
    expect(bench.mail.sent[1]!.alerts.map(({ id }) => id)).toEqual(["a@1"]);
  });
});

Deno.test("who could not be asked before a notifier ended is asked by the next", async () => {
  await withAdopted(async (bench) => {
    const at = bench.clock.now();
    const alert = alertFixture({ id: "a@1", locale: "en" });
    const fresh = newDelivery(alert, KIM.recipient, { at, origin: "alerts/0/0" });
    await bench.stop();
    await appendDelivery(bench.log, inState(fresh, "unconfirmed", { at, until: at + 3_600_000 }));
    await bench.start();
    await mailed(bench, 1);
    expect(bench.mail.sent[0]!.subject).toContain("[confirm]");
  });
});

Deno.test("nothing is sent to a refused domain, whenever its rule was made, a notice neither", async () => {
  const consent = { ...OPTIONS.consent, refused: ["spam.example"] };
  await using bench = await NotifierBench.open({ ...OPTIONS, consent }, { signs: true });
  const recipient = "kim@a.spam.example";
  const book = await RecipientBook.load(bench.log);
  await adopt(book, bench.clock.now());
  await ask(book, [{ tenant: "default", recipient, locale: "ko" }], bench.clock.now());
  const alert = alertFixture({ recipients: [recipient], eventTime: bench.clock.now() });
  await appendAlert(bench.log, alert);
  await bench.start();
  await bench.idle();
  expect(bench.mail.sent).toEqual([]);
  expect((await outcomesOf(bench.log, alert)).map(({ delivery }) => delivery.code)).toEqual([
    "refused_domain",
  ]);
});
