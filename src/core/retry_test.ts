import { expect } from "expect";
import { VirtualClock } from "./clock.ts";
import { OutsideError } from "./errors.ts";
import { retry } from "./retry.ts";

const waits = { baseMs: 100, capMs: 1_000 };
const away = (retryAfterMs?: number) =>
  new OutsideError("away", "is away", {
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

Deno.test("a task is tried until it succeeds, waiting at least as long as it was asked to", async () => {
  const clock = new VirtualClock(0);
  const failures = [away(), away(700)];
  const attempts: number[] = [];
  const running = retry(() => {
    const failure = failures.shift();
    return failure === undefined ? Promise.resolve(clock.now()) : Promise.reject(failure);
  }, {
    clock,
    random: () => 0.999,
    waits,
    signal: new AbortController().signal,
    failed: (_, attempt) => attempts.push(attempt),
  });
  await clock.advance(5_000);
  expect(await running).toBe(800);
  expect(attempts).toEqual([0, 1]);
});

Deno.test("what will not pass is thrown at once, and an aborted signal ends the tries", async () => {
  const clock = new VirtualClock(0);
  const options = { clock, random: Math.random, waits };
  const refused = new OutsideError("no", "refused", { retryable: false });
  const { signal } = new AbortController();
  await expect(retry(() => Promise.reject(refused), { ...options, signal })).rejects.toBe(refused);
  const stop = new AbortController();
  const running = retry(() => Promise.reject(away()), { ...options, signal: stop.signal });
  stop.abort();
  expect(await running).toBeUndefined();
});
