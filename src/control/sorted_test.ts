import { expect } from "expect";
import { sorted } from "./sorted.ts";
import { Turns } from "./turns.ts";

Deno.test("a long list is sorted as a short one is, equals in their order, and others are served meanwhile", async () => {
  const items = Array.from({ length: 9_001 }, (_, index) => ({ index, key: index * 7_919 % 1_000 }));
  const order = (a: { key: number }, b: { key: number }) => a.key - b.key;
  let served = 0;
  const timer = setInterval(() => served++, 0);
  try {
    const wanted = ({ index }: { index: number }) => index % 3 > 0;
    const all = await sorted(items, { wanted, order }, new Turns().of("a"));
    expect(all).toEqual(items.filter(wanted).sort(order));
  } finally {
    clearInterval(timer);
  }
  expect(served).toBeGreaterThan(5);
  expect(await sorted([], { wanted: () => true, order }, new Turns().of("a"))).toEqual([]);
});
