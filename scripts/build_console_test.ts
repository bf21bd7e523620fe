import { expect } from "expect";
import { buildConsole } from "./build_console.ts";

const DIST = new URL("../src/console/dist/", import.meta.url);

Deno.test("nothing is built again while nothing has changed", async () => {
  await buildConsole();
  const before = await Deno.stat(new URL("manifest.json", DIST));
  await buildConsole();
  const after = await Deno.stat(new URL("manifest.json", DIST));
  expect(after.mtime).toEqual(before.mtime);
});

Deno.test("the page stays small: script and sheet together under 340 KiB", async () => {
  await buildConsole();
  const manifest: Record<string, string> = JSON.parse(
    await Deno.readTextFile(new URL("manifest.json", DIST)),
  );
  const sizes = await Promise.all(
    Object.values(manifest).map(async (name) => (await Deno.stat(new URL(name, DIST))).size),
  );
  expect(sizes.length).toBe(4);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(340 * 1024);
});
