import { expect } from "expect";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { uncompacted } from "../../tests/support/uncompacted.ts";
import type { EventLog, NewRecord } from "../ports/event_log.ts";
import { confirm, stop } from "./consents.ts";
import { RecipientBook } from "./recipients.ts";

const kim = "kim@example.com";
const hour = 3_600_000;

Deno.test("a change that begins while another one is written does not undo it", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  const book = new RecipientBook(log);
  await Promise.all([
    book.changeByHand(kim, { suppressed: true }, 1),
    book.changeByHand("Kim@Example.com", { quietHours: "22:00-07:30" }, 2),
  ]);
  const read = (await RecipientBook.load(log)).get(kim);
  expect(read).toMatchObject({ suppression: { cause: "manual" }, quietHours: "22:00-07:30" });
  expect(book.get(kim)).toEqual(read);
});

Deno.test("a change while settings are written again stays", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  await new RecipientBook(log).changeByHand(kim, { quietHours: "22:00-07:30" }, 1);
  await new RecipientBook(log).changeByHand("lee@example.com", { quietHours: "22:00-07:30" }, 1);
  const book = await RecipientBook.load(log);
  const refreshed = book.refresh(hour, hour);
  await Promise.all([
    book.changeByHand(kim, { suppressed: true }, hour),
    book.changeByHand("lee@example.com", { suppressed: true }, hour),
    refreshed,
  ]);
  const read = await RecipientBook.load(log);
  for (const who of [kim, "lee@example.com"]) expect(read.suppression(who)).toBeDefined();
});

Deno.test("what the log did not take is not part of the next change", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  let down = true;
  const append = (records: readonly NewRecord[]) =>
    down ? Promise.reject(new Error("no log")) : log.append(records);
  const book = new RecipientBook(log, { append });
  await expect(book.changeByHand(kim, { suppressed: true }, 1)).rejects.toThrow("no log");
  down = false;
  await book.changeByHand(kim, { quietHours: "22:00-07:30" }, 2);
  expect((await RecipientBook.load(log)).get(kim)).toMatchObject({ suppression: null });
});

Deno.test("what no message can go to gets no settings; what stands of it is lifted", async () => {
  await using temporary = await temporaryLog();
  const book = new RecipientBook(temporary.log);
  await expect(book.changeByHand("kim", { quietHours: "22:00-07:30" }, 1)).rejects.toThrow(
    "must be a mail address",
  );
  await expect(book.changeByHand("kim", { suppressed: true }, 1)).rejects.toThrow("must be a mail address");
  await book.change("kim", { quietHours: "22:00-07:30" }, 1);
  expect(await book.changeByHand("kim", { quietHours: null }, 2)).toMatchObject({ quietHours: null });
});

/** Two writers that know the same, and one that reads what they write. */
async function twoWriters(log: EventLog) {
  const [one, other] = [await RecipientBook.load(log), await RecipientBook.load(log)];
  return { one, other, read: () => RecipientBook.load(log) };
}

Deno.test("who did not know of a suppression does not undo it with a change of something else", async () => {
  await using opened = await temporaryLog(1);
  const log = uncompacted(opened.log);
  const { one, other, read } = await twoWriters(log);
  await one.changeByHand(kim, { suppressed: true }, 10);
  await other.changeByHand(kim, { quietHours: "22:00-07:30" }, 11);
  const stands = { suppression: { cause: "manual" }, quietHours: "22:00-07:30" };
  expect((await read()).get(kim)).toMatchObject(stands);
  // The newest record, which compaction leaves, is written again.
  const book = await read();
  await log.append(book.takeOverwritten(12));
  expect(book.takeOverwritten(13)).toEqual([]);
  expect((await read()).takeOverwritten(14)).toEqual([]);
  expect((await RecipientBook.load(opened.log)).get(kim)).toMatchObject(stands);
});

Deno.test("a lift is one of the suppression that its writer knew, not of one that came before it in the log", async () => {
  await using opened = await temporaryLog(1);
  const log = uncompacted(opened.log);
  await new RecipientBook(log).changeByHand(kim, { suppressed: true, reason: "first" }, 5);
  const { one, other, read } = await twoWriters(log);
  await one.changeByHand(kim, { suppressed: true, reason: "again" }, 10);
  await other.changeByHand(kim, { suppressed: false }, 11);
  const book = await read();
  expect(book.suppression(kim)).toMatchObject({ reason: "again" });
  await log.append(book.takeOverwritten(12));
  await (await read()).changeByHand(kim, { suppressed: false }, 13);
  expect((await read()).get(kim)).toBeUndefined();
});

Deno.test("a stop stands against a word of before it that comes late; a word after it lifts it", async () => {
  await using opened = await temporaryLog(1);
  const log = uncompacted(opened.log);
  const who = { tenant: "default", recipient: kim };
  const { one, other, read } = await twoWriters(log);
  await stop(one, who, 10);
  await confirm(other, [who], { by: "link", at: 11 });
  await other.forget(kim, 12);
  expect((await read()).consent(kim, "default")?.state).toBe("stopped");
  await confirm(await read(), [who], { by: "link", at: 13 });
  expect((await read()).consent(kim, "default")?.state).toBe("confirmed");
});

Deno.test("what was lifted does not come back with a record of who did not know", async () => {
  await using opened = await temporaryLog(1);
  const log = uncompacted(opened.log);
  await new RecipientBook(log).changeByHand(kim, { suppressed: true }, 5);
  const { one, other, read } = await twoWriters(log);
  await one.changeByHand(kim, { suppressed: false }, 10);
  await other.changeByHand(kim, { quietHours: "22:00-07:30" }, 11);
  expect((await read()).get(kim)).toMatchObject({ suppression: null, quietHours: "22:00-07:30" });
});
