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

Deno.test("the page stays small: at most 110 kB gzipped without the chart, which is fetched when it is shown", async () => {
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
  const chart = names.filter((name) => name.startsWith("chart-"));
  expect(chart.length).toBe(1);
  const rest = names.filter((name) => !chart.includes(name));
  expect(rest.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)).toBeLessThan(110_000);
});
