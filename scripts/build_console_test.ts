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

Deno.test("the page stays small: at most 100 kB gzipped without what is fetched when it is needed, the chart and previews", async () => {
  await buildConsole();
  const manifest: Record<string, string> = JSON.parse(
    await Deno.readTextFile(new URL("manifest.json", DIST)),
  );
  const names = Object.values(manifest).filter((name) => /\.(?:js|css|html)$/.test(name));
  const sizes = new Map<string, number>();
  for (const name of names) {
    const { readable } = await Deno.open(new URL(name, DIST));
    sizes.set(name, (await new Response(readable.pipeThrough(new CompressionStream("gzip"))).bytes()).length);
  }
  const later = names.filter((name) => /^(?:chart|preview)-/.test(name));
  expect(later.length).toBe(2);
  const total = (of: readonly string[]) => of.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  expect(total(names.filter((name) => !later.includes(name)))).toBeLessThan(100_000);
  expect(total(later.filter((name) => name.startsWith("preview-")))).toBeLessThan(20_000);
});
