import { expect } from "expect";
import { Turns } from "./turns.ts";

async function* numbers(count: number): AsyncIterable<number> {
  for (let number = 0; number < count; number++) yield number;
}

Deno.test("two who have much to do take turns, and whoever comes between is served", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const read = async (name: string) => {
    for await (const number of turns.paced(numbers(100))) {
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
