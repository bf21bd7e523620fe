import { expect } from "expect";
import { fileURLToPath } from "node:url";
import { foundBefore, foundIn, mutants, readMutant, shuffled } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

Deno.test("a mutant's patch says what it breaks, which tests catch it and what it changes", () => {
  const text = `What: an offset is committed early
Kills: src/a_test.ts, src/b_test.ts

--- a/src/a.ts
+++ b/src/a.ts
@@ -1 +1 @@
-one
+two
`;
  expect(readMutant("x/early-commit.patch", text)).toEqual({
    name: "early-commit",
    what: "an offset is committed early",
    kills: ["src/a_test.ts", "src/b_test.ts"],
    changes: ["src/a.ts"],
    simulated: false,
    path: "x/early-commit.patch",
  });
  const simulated = text.replace("\n\n", "\nSimulation: yes\n\n");
  expect(readMutant("x/a.patch", simulated).simulated).toBe(true);
  expect(() => readMutant("x/a.patch", text.replace("Kills", "kills"))).toThrow('must say "What: …"');
});

Deno.test("every mutant names tests and sources that are there", async () => {
  const missing: string[] = [];
  for (const { name, kills, changes } of await mutants()) {
    for (const file of [...kills.filter((one) => one !== "simulation"), ...changes]) {
      const there = await Deno.stat(new URL(`../${file}`, import.meta.url)).then(() => true, () => false);
      if (!there) missing.push(`${name}: ${file}`);
    }
  }
  expect(missing).toEqual([]);
});

Deno.test("of every mutant that the simulation alone finds it is recorded by which seed", async () => {
  const found = await foundBefore();
  const alone = (await mutants()).filter(({ kills }) => kills.includes("simulation"));
  expect(alone.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([]);
});

Deno.test("every mutant applies to the sources as they are", async () => {
  const stale: string[] = [];
  for (const { name, path } of await mutants()) {
    const args = ["apply", "--check", path];
    const { success } = await new Deno.Command("git", { args, cwd: ROOT, stderr: "null" }).output();
    if (!success) stale.push(name);
  }
  expect(stale).toEqual([]);
});

Deno.test("what a simulation found is read from its last lines", () => {
  const text =
    "seed 7 broke a promise after 12 s, at step 3\n  a rule fires once in its window: r1 is written again\n";
  expect(foundIn(text)).toBe("seed 7, 12 s: a rule fires once in its window");
  expect(foundIn("3 seeds from 1 on; every promise held")).toBe(undefined);
});

Deno.test("an order is the seed's, and leaves nothing out", () => {
  const items = Array.from({ length: 20 }, (_, index) => index);
  expect(shuffled(items, 7)).toEqual(shuffled(items, 7));
  expect(shuffled(items, 7)).not.toEqual(shuffled(items, 8));
  expect(shuffled(items, 7).sort((a, b) => a - b)).toEqual(items);
});
