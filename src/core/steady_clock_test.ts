import { expect } from "expect";
import { VirtualClock } from "./clock.ts";
import { BELIEVED_MS, SteadyClock } from "./steady_clock.ts";

const NOON = Date.parse("2026-11-30T12:00:00+09:00");
const HOUR_MS = 3_600_000;

for (const [words, ms] of [["an hour back", -HOUR_MS], ["31 days on", 31 * 24 * HOUR_MS]] as const) {
  Deno.test(`a time that is put ${words} for 40 s is not believed`, async () => {
    const machine = new VirtualClock(NOON);
    const clock = new SteadyClock(machine);
    machine.step(ms);
    await machine.advance(20_000);
    expect(clock.now()).toBe(NOON + 20_000);
    expect(clock.step).toEqual({ aheadMs: ms, forMs: 0 });
    await machine.advance(20_000);
    expect(clock.step).toEqual({ aheadMs: ms, forMs: 20_000 });
    machine.step(-ms);
    expect(clock.now()).toBe(NOON + 40_000);
    expect(clock.step).toBeUndefined();
  });
}

Deno.test("a step that stands for ten minutes is believed; small ones are followed at once", async () => {
  const machine = new VirtualClock(NOON);
  const clock = new SteadyClock(machine);
  machine.step(-1_500);
  expect(clock.now()).toBe(NOON - 1_500);
  machine.step(HOUR_MS);
  expect(clock.now()).toBe(NOON - 1_500);
  await machine.advance(BELIEVED_MS - 1);
  expect(clock.now()).toBe(NOON - 1_500 + BELIEVED_MS - 1);
  await machine.advance(1);
  expect(clock.now()).toBe(machine.now());
});

Deno.test("a machine that slept is believed once somebody outside says the same time, and no liar alone", () => {
  const machine = new VirtualClock(NOON);
  const clock = new SteadyClock(machine);
  clock.confirm(NOON + HOUR_MS);
  expect(clock.now()).toBe(NOON);
  machine.step(HOUR_MS);
  clock.confirm(NOON + 31 * 24 * HOUR_MS);
  clock.confirm(NOON + 100);
  expect(clock.now()).toBe(NOON);
  clock.confirm(NOON + HOUR_MS - 300);
  expect(clock.now()).toBe(NOON + HOUR_MS);
});

Deno.test("the time is in whole ms, whatever has passed", () => {
  let passed = 0.3;
  let ahead = 0;
  const machine = {
    now: () => NOON + Math.floor(passed) + ahead,
    monotonic: () => passed,
    sleep: () => Promise.resolve(),
  };
  const clock = new SteadyClock(machine);
  const times: number[] = [];
  for (passed = 0.3; passed < 900; passed += 7.77) {
    ahead = passed > 400 ? -HOUR_MS : 0;
    times.push(clock.now());
  }
  expect(times.filter((time) => !Number.isSafeInteger(time))).toEqual([]);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

Deno.test("a step that somebody outside contradicts again and again is never believed", async () => {
  const machine = new VirtualClock(NOON);
  const clock = new SteadyClock(machine);
  machine.step(-HOUR_MS);
  for (let minute = 0; minute < 30; minute++) {
    clock.confirm(clock.now() - 500);
    await machine.advance(60_000);
  }
  expect(clock.now()).toBe(NOON + 30 * 60_000);
});
