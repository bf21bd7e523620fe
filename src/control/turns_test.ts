import { expect } from "expect";
import { quiet, Turns } from "./turns.ts";

async function* numbers(count: number): AsyncIterable<number> {
  for (let number = 0; number < count; number++) yield number;
}

Deno.test("two who have much to do take turns, and whoever comes between is served", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const read = async (name: string) => {
    for await (const number of turns.of("tenant").paced(numbers(100))) {
      if (number % 50 === 0) seen.push(`${name}${number}`);
    }
  };
  const reading = Promise.all([read("a"), read("b")]);
  // A timer that is due already is served before anybody's second turn.
  setTimeout(() => seen.push("somebody"), 0);
  await reading;
  expect(seen.filter((one) => one !== "somebody")).toEqual(["a0", "b0", "a50", "b50"]);
  expect(seen.indexOf("somebody")).toBeLessThan(seen.indexOf("a50"));
});

Deno.test("who comes with one request does not wait for all of another's", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const ask = (account: string) => turns.of(account).take().then(() => void seen.push(account));
  await Promise.all([ask("many"), ask("many"), ask("many"), ask("one")]);
  expect(seen).toEqual(["many", "one", "many", "many"]);
});

Deno.test("the next turn waits until what others do is done, but not for long", async () => {
  const waited = async (...rounds: number[]) => {
    let now = 0;
    await quiet({
      now: () => now,
      round: () => {
        now += rounds.shift()!;
        return Promise.resolve();
      },
    });
    return now;
  };
  expect(await waited(1)).toBe(1);
  expect(await waited(5, 20, 4, 2, 9)).toBe(31);
  expect(await waited(20, 20, 20, 20)).toBe(60);
});

Deno.test("of an account's requests only so many wait; who has begun goes on", async () => {
  const turns = new Turns();
  const begun = turns.of("many");
  await begun.take();
  const waiting = Array.from({ length: 100 }, () => turns.of("many").take());
  expect(() => turns.of("many").take()).toThrow("100 requests");
  await Promise.all([...waiting, begun.take(), turns.of("other").take()]);
});
