import { expect } from "expect";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import type { NewRecord } from "../ports/event_log.ts";
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
