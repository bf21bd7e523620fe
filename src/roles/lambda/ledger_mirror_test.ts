import { turns } from "../../../tests/support/turns.ts";
import { expect } from "expect";
import { MemoryStore } from "../../../tests/support/memory_store.ts";
import { allRecords, temporaryLog } from "../../../tests/support/temporary_log.ts";
import { RecordingChannel } from "../../../tests/support/notifier_bench.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import { type ConsentPolicy, NOBODY_IS_ASKED } from "../../alerts/consent.ts";
import { isNoticeId } from "../../alerts/notice.ts";
import type { Silence } from "../../alerts/silences.ts";
import { seededRandom } from "../../core/backoff.ts";
import { VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { adopt, ask } from "../../books/consents.ts";
import { listDeadLetters, redriveDeadLetter } from "../../books/dead_letters.ts";
import { outcomesOf } from "../../../tests/support/outcomes.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { recipientKey } from "../../alerts/recipient_settings.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { silenceRecord } from "../../books/silences.ts";
import { Health } from "../../telemetry/health.ts";
import { LedgerMirror } from "./ledger_mirror.ts";
import { BatchNotifier } from "./notifier_batch.ts";

const KIM = "kim@example.com";
const alert = alertFixture({ recipients: [KIM] });
const silence: Silence = {
  id: "s1",
  tenant: alert.tenant,
  matchers: [{ field: "symbol", value: alert.symbol }],
  from: 0,
  until: Date.UTC(2030, 0),
  by: "lee",
  comment: "maintenance",
  createdAt: 0,
};

function bench(log: EventLog, consent: ConsentPolicy = NOBODY_IS_ASKED) {
  const store = new MemoryStore();
  const clock = new VirtualClock(Date.UTC(2025, 10, 26, 0, 47, 1), turns);
  const mail = new RecordingChannel();
  const health = new Health();
  const notifier = new BatchNotifier({ store, channels: [mail], clock, random: seededRandom(1), consent });
  const handle = async (headers: Record<string, string> = {}) => {
    const value = new TextEncoder().encode(encodeAlert(alert));
    const record = { topic: "alert-topic", partition: 0, offset: 7, key: alert.symbol, value, headers };
    return (await notifier.handle([record], clock.now() + 20_000)).counts;
  };
  return {
    store,
    clock,
    mail,
    handle,
    health,
    mirror: (owner: string) => new LedgerMirror({ log, store, clock, owner, health }),
  };
}

/** Runs a mirror while something comes about. */
async function during(
  mirror: LedgerMirror,
  clock: VirtualClock,
  seen: () => Promise<boolean>,
): Promise<void> {
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  running.catch(() => {});
  for (let turn = 0; turn < 500 && !await seen(); turn++) {
    await clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  stop.abort();
  await clock.advance(10_000);
  await running;
  expect(await seen()).toBe(true);
}

Deno.test("what a Lambda did is in the log: outcomes, and dead letters that are redriven from there", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const { clock, mail, handle, mirror } = bench(log);
  mail.before = () => {
    throw new OutsideError("ses_refused", "SES: not verified", { retryable: false });
  };
  expect(await handle()).toEqual({ dead: 1 });
  const outcome = async () => (await outcomesOf(log, alert))[0]?.outcome;
  await during(mirror("a"), clock, async () => await outcome() === "dead_lettered");
  const { data: [letter] } = await listDeadLetters(log, { limit: 10 });
  expect(letter).toMatchObject({ code: "ses_refused", origin: "alerts/0/7", headers: { recipient: KIM } });
  mail.before = () => {};
  await redriveDeadLetter(log, letter?.id ?? -1, clock.now());
  const [redriven] = await allRecords(log, "alerts");
  expect(await handle({ ...redriven?.headers })).toEqual({ sent: 1 });
  await during(mirror("a"), clock, async () => await outcome() === "sent");
  expect((await listDeadLetters(log, { limit: 10 })).data.length).toBe(1);
});

Deno.test("recipients' settings and silences are in the store, and go when they go", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const { store, clock, handle, mirror } = bench(log);
  await store.putRecipient({
    recipient: "old@example.com",
    suppression: null,
    quietHours: "22:00-07:00",
    updatedAt: 1,
  });
  const book = await RecipientBook.load(log);
  await book.change(KIM, { suppression: { cause: "complaint", reason: "spam", at: 1 } }, 1);
  const keys = () => [...store.settings.keys()].join();
  await during(mirror("a"), clock, () => Promise.resolve(keys() === recipientKey(KIM)));
  expect(await handle()).toEqual({ suppressed: 1 });
  await book.change(KIM, { suppression: null }, 2);
  await during(mirror("a"), clock, () => Promise.resolve(keys() === ""));
  await log.append([silenceRecord(silence, 1)]);
  await during(mirror("a"), clock, async () => (await store.silences()).length === 1);
  await log.append([silenceRecord(silence, 1, true)]);
  await during(mirror("a"), clock, async () => (await store.silences()).length === 0);
});

Deno.test("whom the Lambda has asked is known in the log as asked, and by that in the store", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const { store, clock, handle, mirror } = bench(log, { asks: true, confirmed: [], refused: [] });
  await adopt(await RecipientBook.load(log), 1);
  await during(mirror("a"), clock, () => Promise.resolve(store.settings.size === 1));
  expect(await handle()).toEqual({ waiting: 1 });
  const asked = () => store.settings.get(recipientKey(KIM, alert.tenant))?.consent;
  await during(mirror("a"), clock, () => Promise.resolve(asked() !== undefined));
  expect(asked()).toMatchObject({ state: "asked", asks: 1 });
  // It is asked again by a notice of another name: one of the same would not be sent.
  await ask(
    await RecipientBook.load(log),
    [{ tenant: alert.tenant, recipient: KIM, locale: "ko" }],
    clock.now(),
  );
  const notices = () => [...store.deliveries.keys()].filter(isNoticeId).length;
  await during(mirror("a"), clock, () => Promise.resolve(notices() === 2));
});

Deno.test("one of two processes copies; the other takes over when it has gone; a store that is away is waited for", async () => {
  await using temporary = await temporaryLog();
  const { log } = temporary;
  const { store, clock, handle, mirror, health } = bench(log);
  const outcome = async () => (await outcomesOf(log, alert))[0]?.outcome;
  const seen: string[] = [];
  await handle();
  await store.lease("other", clock.now(), clock.now() + 15_000);
  const began = clock.now();
  store.away = true;
  setTimeout(() => store.away = false, 30);
  await during(mirror("b"), clock, async () => {
    seen.push(health.components().mirror?.detail ?? "");
    return await outcome() === "sent";
  });
  expect(seen.some((detail) => detail.includes("away"))).toBe(true);
  expect(health.components().mirror?.state).toBe("ready");
  expect(clock.now() - began).toBeGreaterThan(15_000);
});
