import { expect } from "expect";
import { Cell } from "./cell.ts";

Deno.test("watchers get the present value, then each change, until they stop", () => {
  const cell = new Cell(1);
  const stop = new AbortController();
  const seen: number[] = [];
  cell.watch(stop.signal, (value) => seen.push(value));
  cell.set(2);
  cell.set(2);
  stop.abort();
  cell.set(3);
  expect(seen).toEqual([1, 2]);
  cell.watch(stop.signal, (value) => seen.push(value));
  expect(seen).toEqual([1, 2]);
});
