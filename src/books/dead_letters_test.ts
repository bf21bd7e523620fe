import { expect } from "expect";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { deadLetter } from "./dead_letter.ts";
import { listDeadLetters, redriveDeadLetter } from "./dead_letters.ts";

const LETTERS = 2_500;

Deno.test("pages of dead letters have each once, newest first, and know what was put back later", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  await log.append(Array.from({ length: LETTERS }, (_, at) =>
    deadLetter({
      key: "005930",
      bytes: new TextEncoder().encode("{}"),
      code: at % 2 === 0 ? "even" : "odd",
      reason: "a test",
      role: "stream",
      origin: `trades/0/${at}`,
      at,
    })));
  await redriveDeadLetter(log, 3, 10_000);
  await redriveDeadLetter(log, 3, 20_000);

  const ids: number[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await listDeadLetters(log, {
      limit: 700,
      code: "odd",
      ...(before === undefined ? {} : { before }),
    });
    ids.push(...page.data.map(({ id }) => id));
    const third = page.data.find(({ id }) => id === 3);
    if (third) expect(third.redrivenAt).toBe(20_000);
    if (page.next === null) break;
    before = page.next;
  }
  expect(ids).toEqual(Array.from({ length: LETTERS / 2 }, (_, at) => LETTERS - 1 - 2 * at));

  const scanned = await listDeadLetters(log, { limit: 10, code: "none", scanLimit: 1_200 });
  expect(scanned).toEqual({ data: [], next: LETTERS + 2 - 1_200 });
});
