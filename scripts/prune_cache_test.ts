import { expect } from "expect";
import { prune, usedPackages } from "./prune_cache.ts";

Deno.test("packages that are not imported go, scoped ones too", async () => {
  const registry = await Deno.makeTempDir({ prefix: "tickbell-prune-" });
  try {
    for (const name of ["hono", "assemblyscript", "@aws-sdk/core", "@jest/types"]) {
      await Deno.mkdir(`${registry}/${name}/1.0.0`, { recursive: true });
    }
    expect(await prune(registry, new Set(["hono", "@aws-sdk/core"]))).toEqual([
      "@jest/types",
      "assemblyscript",
    ]);
    expect((await Deno.stat(`${registry}/@aws-sdk/core/1.0.0`)).isDirectory).toBe(true);
    expect(await prune(registry, new Set(["hono", "@aws-sdk/core"]))).toEqual([]);
  } finally {
    await Deno.remove(registry, { recursive: true });
  }
});

Deno.test("what an imported package needs is used too, what nobody imports is not", () => {
  const of = (name: string, ...dependencies: string[]) => ({ name, dependencies });
  const info = {
    modules: [{ npmPackage: "a@1.0.0" }, {}],
    npmPackages: {
      "a@1.0.0": of("a", "b@2.0.0"),
      "b@2.0.0": of("b", "a@1.0.0"),
      "c@1.0.0": of("c", "b@2.0.0"),
    },
  };
  expect([...usedPackages(info)].sort()).toEqual(["a", "b"]);
});
