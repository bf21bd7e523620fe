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

Deno.test("the page stays small, gzipped: 95 kB at first in whichever language, 110 kB with previews; the chart comes on demand", async () => {
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
  const total = (of: readonly string[]) => of.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  const beginning = (...words: readonly string[]) =>
    names.filter((name) => words.some((word) => name.startsWith(`${word}-`)));
  const [chart, previews] = [beginning("chart"), beginning("preview")];
  // Events are read by the browser itself: the client's own parser is for the command line.
  const unused = beginning("stream");
  expect([chart, previews, unused, beginning("words_ko", "words_en")].map(({ length }) => length))
    .toEqual([1, 1, 1, 2]);
  for (const other of ["words_ko", "words_en"]) {
    const later = new Set([...chart, ...previews, ...unused, ...beginning(other)]);
    const first = names.filter((name) => !later.has(name));
    expect(total(first)).toBeLessThan(95_000);
    expect(total([...first, ...previews])).toBeLessThan(110_000);
  }
});
