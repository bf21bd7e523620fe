import { expect } from "expect";
import { Ordinals } from "./ordinals.ts";

Deno.test("an ordinal is given to another id only when no live window has seen it", () => {
  const ordinals = new Ordinals((ordinal) => ["a", "b"][ordinal]);
  expect(ordinals.claim("a")).toBe(0);
  ordinals.haunt("a", 7);
  expect(ordinals.retire(6)).toEqual([]);
  expect(ordinals.claim("b")).toBe(1);
  expect(ordinals.get("a")).toBe(0);
  expect(ordinals.retire(7)).toEqual([0]);
  expect(ordinals.get("a")).toBeUndefined();
  expect(ordinals.claim("c")).toBe(0);
});

Deno.test("an id that is claimed again is no ghost any more", () => {
  const ordinals = new Ordinals(() => "a");
  ordinals.claim("a");
  ordinals.haunt("a", 1);
  expect(ordinals.claim("a")).toBe(0);
  ordinals.retire(100);
  expect(ordinals.get("a")).toBe(0);
});
