/**
 * Builds the console: `src/console/main.ts` and what it imports become one script, the style sheets one sheet, both
 * named by their content; `manifest.json`, written last, says which files are part of the page.
 *
 * @module
 */

import { reachableModules } from "./reachable_modules.ts";

const ROOT = new URL("../", import.meta.url);
const SOURCE = new URL("src/console/", ROOT);
const DIST = new URL("dist/", SOURCE);
const STAMP = new URL("stamp", DIST);

/** The style sheets, in the order they apply. */
const STYLES = ["tokens.css", "base.css", "layout.css", "prices.css", "detail.css", "panels.css", "form.css"];

/** Bundles the console when anything it is made of has changed since the last time; prints one line when it does. */
export async function buildConsole(): Promise<void> {
  const stamp = await inputsHash();
  if (await textOr(STAMP, "") === stamp) return;
  const started = performance.now();
  await Deno.mkdir(DIST, { recursive: true });
  const script = await bundle();
  const style = await concatenate(STYLES.map((name) => new URL(`styles/${name}`, SOURCE)));
  const icon = await Deno.readFile(new URL("favicon.svg", SOURCE));
  const scriptName = `main-${await shortHash(script)}.js`;
  const styleName = `console-${await shortHash(style)}.css`;
  const page = (await Deno.readTextFile(new URL("index.html", SOURCE)))
    .replaceAll("{{script}}", `/assets/${scriptName}`)
    .replaceAll("{{style}}", `/assets/${styleName}`);
  const files: Record<string, Uint8Array> = {
    "index.html": new TextEncoder().encode(page),
    [scriptName]: script,
    [styleName]: style,
    "favicon.svg": icon,
  };
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(new URL(name, DIST), bytes);
  await replace(new URL("manifest.json", DIST), JSON.stringify(manifest(Object.keys(files)), null, 2));
  await replace(STAMP, stamp);
  await removeOthers([...Object.keys(files), "manifest.json", "stamp"]);
  const kib = Math.round(script.length / 1024);
  console.log(`built the console: ${kib} KiB in ${Math.round(performance.now() - started)} ms`);
}

/** The path each file is served at. */
function manifest(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((
      name,
    ) => [name === "index.html" ? "/" : name === "favicon.svg" ? `/${name}` : `/assets/${name}`, name]),
  );
}

async function bundle(): Promise<Uint8Array> {
  const result = await Deno.bundle({
    entrypoints: [new URL("main.ts", SOURCE).pathname],
    platform: "browser",
    format: "esm",
    minify: true,
    write: false,
  });
  const output = result.outputFiles?.[0]?.text();
  if (!result.success || output === undefined) {
    const reasons = result.errors.map((error) => error.text).join("\n");
    throw new Error(`the console could not be bundled:\n${reasons}`);
  }
  return new TextEncoder().encode(output);
}

async function concatenate(files: readonly URL[]): Promise<Uint8Array> {
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  return new TextEncoder().encode(texts.join("\n"));
}

/** A hash over every file the console is made of: the modules reached from main.ts, page, styles, this script. */
async function inputsHash(): Promise<string> {
  const modules = await reachableModules(new URL("main.ts", SOURCE));
  const others = [
    new URL("index.html", SOURCE),
    new URL("favicon.svg", SOURCE),
    ...STYLES.map((name) => new URL(`styles/${name}`, SOURCE)),
    new URL("deno.json", ROOT),
    new URL(import.meta.url),
  ];
  const parts: string[] = [];
  for (const file of [...modules, ...others].sort((a, b) => a.href < b.href ? -1 : 1)) {
    parts.push(file.href.slice(ROOT.href.length), await Deno.readTextFile(file));
  }
  return await shortHash(new TextEncoder().encode(parts.join("\0")), 32);
}

async function shortHash(bytes: Uint8Array, digits = 10): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return digest.toHex().slice(0, digits);
}

async function textOr(file: URL, otherwise: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return otherwise;
    throw thrown;
  }
}

/** Writes a file so that a reader sees the old content or the new, never a part. */
async function replace(file: URL, content: string): Promise<void> {
  const draft = new URL(`${file.href}.${crypto.randomUUID()}`);
  await Deno.writeTextFile(draft, content);
  await Deno.rename(draft, file);
}

async function removeOthers(kept: readonly string[]): Promise<void> {
  for await (const entry of Deno.readDir(DIST)) {
    const stale = /^(?:main|console)-[0-9a-f]+\.(?:js|css)$/.test(entry.name) && !kept.includes(entry.name);
    if (stale) await Deno.remove(new URL(entry.name, DIST)).catch(ignoreMissing);
  }
}

/** Two builds at once may clear the same file. */
function ignoreMissing(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
}

if (import.meta.main) await buildConsole();
