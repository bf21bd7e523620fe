import { expect } from "expect";
import fc from "fast-check";
import { Sequencer } from "./sequencer.ts";

Deno.test("records of one symbol in one second get rising milliseconds, other symbols their own", () => {
  const sequencer = new Sequencer();
  expect([1, 2, 3].map(() => sequencer.place("005930", 5000))).toEqual([5000, 5001, 5002]);
  expect(sequencer.place("000660", 5000)).toBe(5000);
  expect(sequencer.place("005930", 6000)).toBe(6000);
  expect(sequencer.place("005930", 5000)).toBe(5003);
});

Deno.test("milliseconds of the feed are kept where they rise", () => {
  const sequencer = new Sequencer();
  expect([5100, 5100, 5050, 5900].map((at) => sequencer.place("005930", at))).toEqual([
    5100,
    5101,
    5102,
    5900,
  ]);
});

Deno.test("more than a thousand in a second go on into the next", () => {
  const sequencer = new Sequencer();
  const times = Array.from({ length: 1500 }, () => sequencer.place("005930", 5000));
  expect(new Set(times).size).toBe(1500);
  expect(times[1499]).toBe(6499);
  expect(sequencer.place("005930", 6000)).toBe(6500);
});

Deno.test("after a restart the next record of the same second comes behind the published ones", () => {
  const sequencer = new Sequencer();
  sequencer.restore("005930", 5007);
  expect(sequencer.place("005930", 5000)).toBe(5008);
});

Deno.test("any order of nearby seconds gives distinct times, rising within each second", () => {
  fc.assert(fc.property(fc.array(fc.nat(3), { maxLength: 300 }), (seconds) => {
    const sequencer = new Sequencer();
    const times = seconds.map((second) => sequencer.place("005930", second * 1000));
    expect(new Set(times).size).toBe(times.length);
    times.forEach((time, index) => expect(Math.floor(time / 1000)).toBe(seconds[index]));
  }));
});
