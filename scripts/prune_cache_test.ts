import { expect } from "expect";
import { prune, pruneConfig, pruneLock, usedPackages } from "./prune_cache.ts";

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

Deno.test("deno.json keeps the imports of what is used, and no task", () => {
  const config = {
    name: "x",
    imports: { a: "npm:a@^1.0.0", "@s/b": "npm:@s/b@2.0.0", c: "npm:c@1", d: "./d.ts" },
    tasks: { test: "deno test" },
  };
  expect(pruneConfig(config, new Set(["a", "@s/b"]))).toEqual({
    name: "x",
    imports: { a: "npm:a@^1.0.0", "@s/b": "npm:@s/b@2.0.0", d: "./d.ts" },
  });
});

Deno.test("deno.lock keeps the versions and checksums of what is used", () => {
  const lock = {
    version: "5",
    specifiers: { "npm:@s/b@2.0.0": "2.0.0_a@1.0.0", "npm:c@1": "1.0.0" },
    npm: { "@s/b@2.0.0_a@1.0.0": { integrity: "x" }, "a@1.0.0": {}, "c@1.0.0": {} },
    workspace: { dependencies: ["npm:@s/b@2.0.0", "npm:c@1"] },
  };
  expect(pruneLock(lock, new Set(["a", "@s/b"]))).toEqual({
    version: "5",
    specifiers: { "npm:@s/b@2.0.0": "2.0.0_a@1.0.0" },
    npm: { "@s/b@2.0.0_a@1.0.0": { integrity: "x" }, "a@1.0.0": {} },
    workspace: { dependencies: ["npm:@s/b@2.0.0"] },
  });
});
