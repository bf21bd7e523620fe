import { expect } from "expect";
import { VirtualClock } from "../../../core/clock.ts";
import type { Priority } from "../../../ports/quotations.ts";
import { RestBudget } from "./budget.ts";
import { FileSlots, MemorySlots } from "./slots.ts";

const NEVER = new AbortController().signal;

function budget(perSecond: number) {
  const clock = new VirtualClock(1_000_000);
  const given: { priority: Priority; at: number }[] = [];
  const made = new RestBudget({ slots: new MemorySlots(clock), clock, perSecond });
  const take = (priority: Priority, signal = NEVER) =>
    made.take(priority, signal).then((granted) => {
      if (granted) given.push({ priority, at: clock.now() - 1_000_000 });
      return granted;
    });
  return { clock, made, take, given };
}

Deno.test("requests go out no closer together than the account's rate", async () => {
  const { clock, take, given } = budget(10);
  for (let count = 0; count < 5; count++) take("poll");
  await clock.advance(1_000);
  expect(given.map(({ at }) => at)).toEqual([0, 100, 200, 300, 400]);
});

Deno.test("what mends a gap goes before what can wait, whoever asked first", async () => {
  const { clock, take, given } = budget(10);
  await take("history");
  take("history");
  take("reference");
  take("poll");
  await clock.advance(50);
  take("fill");
  await clock.advance(1_000);
  const order = given.map(({ priority }) => priority);
  // The fourth turn is that of whoever has waited longest.
  expect(order).toEqual(["history", "fill", "poll", "history", "reference"]);
});

Deno.test("whoever stops waiting takes no turn from the others", async () => {
  const { clock, made, take, given } = budget(10);
  await take("fill");
  const stop = new AbortController();
  const gone = take("fill", stop.signal);
  take("history");
  stop.abort();
  expect(await gone).toBe(false);
  await clock.advance(100);
  expect(given.map(({ priority }) => priority)).toEqual(["fill", "history"]);
  expect(made.waiting).toBe(0);
  expect(await take("fill", stop.signal)).toBe(false);
});

Deno.test("a refusal for the rate stops everybody for a second and makes requests rarer; success brings them back", async () => {
  const { clock, made, take, given } = budget(10);
  await take("fill");
  await made.refused();
  expect(made.intervalMs).toBe(150);
  take("fill");
  await clock.advance(999);
  expect(given.length).toBe(1);
  await clock.advance(1);
  expect(given.length).toBe(2);
  for (let count = 0; count < 100; count++) made.accepted();
  expect(made.intervalMs).toBe(100);
  for (let count = 0; count < 20; count++) await made.refused();
  expect(made.intervalMs).toBe(2_000);
});

Deno.test("two processes of a machine share one rate through a file that its owner alone can read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const clock = new VirtualClock(5_000);
    const path = `${folder}/slots`;
    const [one, other] = [new FileSlots(path, clock), new FileSlots(path, clock)];
    const times = [await one.take(100), await other.take(100), await one.take(100)];
    expect(times).toEqual([0, 100, 200]);
    await other.pause(1_000);
    expect(await one.take(100)).toBe(1_000);
    expect((await Deno.stat(path)).mode! & 0o777).toBe(0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file of slots that is broken, of a clock put back, or gone for good costs the sharing alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const clock = new VirtualClock(5_000);
    for (const text of ["", "no number", "99999999999999"]) {
      await Deno.writeTextFile(`${folder}/slots`, text);
      expect(await new FileSlots(`${folder}/slots`, clock).take(100)).toBe(0);
    }
    const away = new FileSlots(`${folder}/missing/slots`, clock);
    expect([await away.take(100), await away.take(100)]).toEqual([0, 100]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
