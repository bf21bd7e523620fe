import { expect } from "expect";
import { seededRandom } from "./backoff.ts";
import { IdIndex } from "./id_index.ts";

Deno.test("an index of ids has what a Map has, through adding, replacing, deleting and growing", () => {
  const random = seededRandom(7);
  const ids: string[] = [];
  const index = new IdIndex((place, id) => ids[place] === id);
  const map = new Map<string, number>();
  let next = 0;
  for (let step = 0; step < 6_000; step++) {
    const id = `rule-${Math.floor(random() * 500)}`;
    if (step === 3_000) index.reserve(5_000);
    if (random() < 0.45) {
      index.delete(id);
      map.delete(id);
    } else {
      ids[next] = id;
      expect(index.set(id, next)).toBe(!map.has(id));
      map.set(id, next++);
    }
    expect(index.size).toBe(map.size);
    const other = `rule-${Math.floor(random() * 500)}`;
    expect(index.get(other)).toBe(map.get(other));
  }
  for (let each = 0; each < 500; each++) expect(index.get(`rule-${each}`)).toBe(map.get(`rule-${each}`));
});

Deno.test("ids whose hashes are the same are distinguished", () => {
  // FNV-1a gives these two one hash.
  const index = new IdIndex((place, id) => [, "costarring", "liquid"][place] === id);
  index.set("costarring", 1);
  index.set("liquid", 2);
  expect([index.get("costarring"), index.get("liquid")]).toEqual([1, 2]);
  index.delete("costarring");
  expect([index.get("costarring"), index.get("liquid"), index.size]).toEqual([undefined, 2, 1]);
});
