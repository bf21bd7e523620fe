import { expect } from "expect";
import { VirtualClock } from "./clock.ts";

Deno.test("a step of the time moves what people call the time, and nothing that lasts", async () => {
  const clock = new VirtualClock(1_000_000);
  const woken = clock.sleep(50).then(() => clock.monotonic());
  clock.step(-3_600_000);
  expect([clock.now(), clock.monotonic()]).toEqual([1_000_000 - 3_600_000, 0]);
  await clock.advance(100);
  expect(await woken).toBe(50);
  clock.step(3_600_000);
  expect([clock.now(), clock.monotonic()]).toEqual([1_000_100, 100]);
});
