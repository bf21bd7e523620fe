/**
 * Builds the console: `src/console/main.ts` and the workers beside it become scripts, what is needed later (the chart)
 * parts of their own, the style sheets one sheet; all named by their content. `manifest.json`, written last, says which
 * files are part of the page.
 *
 * @module
 */

import { reachableModules } from "./reachable_modules.ts";

const ROOT = new URL("../", import.meta.url);
const SOURCE = new URL("src/console/", ROOT);
const DIST = new URL("dist/", SOURCE);
const STAMP = new URL("stamp", DIST);

/** The style sheets, in the order they apply. */
const STYLES = [
  "tokens.css",
  "base.css",
  "layout.css",
  "prices.css",
  "detail.css",
  "panels.css",
  "form.css",
  "account.css",
];

/** Scripts that the page loads or starts, by the name that index.html has for them. */
const SCRIPTS: Readonly<Record<string, string>> = {
  script: "main.ts",
  tabs: "tabs_worker.ts",
  preview: "preview_worker.ts",
};
/** The engine, which the page tries rules with while they are made. */
const ENGINE = new URL("wasm/build/engine.wasm", ROOT);
/** Files that are served under their own names, at the root; scripts without their comments. */
const PLAIN = ["sw.js", "favicon.svg", "console.webmanifest", "icon-192.png", "icon-512.png"];

/** Bundles the console when anything it is made of has changed since the last time; prints one line when it does. */
export async function buildConsole(): Promise<void> {
  const stamp = await inputsHash();
  if (await textOr(STAMP, "") === stamp) return;
  const started = performance.now();
  await Deno.mkdir(DIST, { recursive: true });
  const { entries, parts } = await bundle();
  const style = smaller(await concatenate(STYLES.map((name) => new URL(`styles/${name}`, SOURCE))));
  const styleName = `console-${await shortHash(style)}.css`;
  const files = new Map<string, Uint8Array>([...parts, [styleName, style]]);
  let page = (await Deno.readTextFile(new URL("index.html", SOURCE)))
    .replaceAll("{{style}}", `/assets/${styleName}`);
  for (const [name, bytes] of entries) {
    const named = `${name}-${await shortHash(bytes)}.js`;
    files.set(named, bytes);
    page = page.replaceAll(`{{${name}}}`, `/assets/${named}`);
  }
  const engine = await Deno.readFile(ENGINE);
  const engineName = `engine-${await shortHash(engine)}.wasm`;
  files.set(engineName, engine);
  page = page.replaceAll("{{engine}}", `/assets/${engineName}`);
  for (const name of PLAIN) files.set(name, await plain(name));
  files.set("index.html", new TextEncoder().encode(page));
  for (const [name, bytes] of files) await Deno.writeFile(new URL(name, DIST), bytes);
  const names = [...files.keys()];
  await replace(new URL("manifest.json", DIST), JSON.stringify(manifest(names), null, 2));
  await replace(STAMP, stamp);
  await removeOthers([...names, "manifest.json", "stamp"]);
  const kib = Math.round([...entries, ...parts].reduce((sum, [, bytes]) => sum + bytes.length, 0) / 1024);
  console.log(`built the console: ${kib} KiB in ${Math.round(performance.now() - started)} ms`);
}

async function plain(name: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(new URL(name, SOURCE));
  if (!name.endsWith(".js")) return bytes;
  const text = new TextDecoder().decode(bytes);
  return new TextEncoder().encode(text.replaceAll(/^ *(?:\/\*[\s\S]*?\*\/|\/\/.*)\n|^ +|^\n/gm, ""));
}

/** A sheet without comments and blanks that say nothing; those within selectors stay. */
function smaller(style: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(style).replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};,]) ?/g, "$1").replaceAll(";}", "}").replaceAll(/([a-z-]): /g, "$1:");
  return new TextEncoder().encode(text);
}

/** The path each file is served at. */
function manifest(names: readonly string[]): Record<string, string> {
  const pathOf = (name: string) =>
    name === "index.html" ? "/" : PLAIN.includes(name) ? `/${name}` : `/assets/${name}`;
  return Object.fromEntries(names.map((name) => [pathOf(name), name]));
}

/** The scripts by their names in the page, and the parts that they load, by file name. */
async function bundle(): Promise<{ entries: Map<string, Uint8Array>; parts: Map<string, Uint8Array> }> {
  const result = await Deno.bundle({
    entrypoints: Object.values(SCRIPTS).map((name) => new URL(name, SOURCE).pathname),
    outputDir: DIST.pathname,
    platform: "browser",
    format: "esm",
    minify: true,
    codeSplitting: true,
    write: false,
  });
  if (!result.success || result.outputFiles === undefined) {
    const reasons = result.errors.map((error) => error.text).join("\n");
    throw new Error(`the console could not be bundled:\n${reasons}`);
  }
  const entries = new Map<string, Uint8Array>();
  const parts = new Map<string, Uint8Array>();
  for (const file of result.outputFiles) {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    const bytes = new TextEncoder().encode(unescaped(file.text()));
    const entry = Object.entries(SCRIPTS).find(([, source]) => source.replace(".ts", ".js") === name);
    if (entry === undefined) parts.set(name, bytes);
    else entries.set(entry[0], bytes);
  }
  return { entries, parts };
}

/** Hangul as it is: the bundler escapes it, which takes more room, packed as well. Scripts are served as UTF-8. */
function unescaped(script: string): string {
  return script.replaceAll(
    /(?<!\\)((?:\\\\)*)\\u((?:A[C-F]|[BC][0-9A-F]|D[0-6])[0-9A-F]{2}|D7[0-9A][0-9A-F]|31[3-8][0-9A-F])/g,
    (_, before: string, code: string) => before + String.fromCharCode(parseInt(code, 16)),
  );
}

async function concatenate(files: readonly URL[]): Promise<Uint8Array> {
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  return new TextEncoder().encode(texts.join("\n"));
}

/** A hash over every file the console is made of: the modules reached from its scripts, page, styles, this script. */
async function inputsHash(): Promise<string> {
  const reached = await Promise.all(
    Object.values(SCRIPTS).map((name) => reachableModules(new URL(name, SOURCE))),
  );
  const modules = [...new Map(reached.flat().map((file) => [file.href, file])).values()];
  const others = [
    new URL("index.html", SOURCE),
    ...PLAIN.map((name) => new URL(name, SOURCE)),
    ...STYLES.map((name) => new URL(`styles/${name}`, SOURCE)),
    ENGINE,
    new URL("deno.json", ROOT),
    new URL(import.meta.url),
  ];
  const parts: string[] = [];
  for (const file of [...modules, ...others].sort((a, b) => a.href < b.href ? -1 : 1)) {
    parts.push(file.href.slice(ROOT.href.length), (await Deno.readFile(file)).toBase64());
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
    const stale = /-[0-9A-Za-z]+\.(?:js|css|wasm)$/.test(entry.name) && !kept.includes(entry.name);
    if (stale) await Deno.remove(new URL(entry.name, DIST)).catch(ignoreMissing);
  }
}

/** Two builds at once may clear the same file. */
function ignoreMissing(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
}

if (import.meta.main) await buildConsole();
