/**
 * Builds the program that processes of months run into few files, without comments and maps: dist/program/. What is run from
 * there is never older than the sources: src/cli/built_program.ts compares them at every start.
 *
 * @module
 */
import { BUILT_FOLDER, BUILT_OF, builtProgram, stateOf } from "../src/cli/built_program.ts";
import { reachableModules } from "./reachable_modules.ts";

const ROOT = new URL("../", import.meta.url);
/** What the launcher and the bench start. */
const ENTRIES = ["launched.ts", "main.ts"].map((name) => new URL(`src/cli/${name}`, ROOT));
/** Native code stays where its package is. */
const NATIVE = ["@node-rs/crc32"];

/** Builds the program when anything that it is made of has changed; prints a line when it does. */
export async function buildProgram(): Promise<void> {
  if (builtProgram("main.ts") !== undefined) return;
  const started = performance.now();
  // What they are now: a source that is changed while the bundler reads makes the result an old one.
  const builtOf = await inputs();
  const result = await Deno.bundle({
    entrypoints: ENTRIES.map(({ pathname }) => pathname),
    outputDir: BUILT_FOLDER.pathname,
    platform: "deno",
    format: "esm",
    minify: true,
    codeSplitting: true,
    external: NATIVE,
    write: false,
  });
  if (!result.success || result.outputFiles === undefined) {
    const reasons = result.errors.map((error) => error.text).join("\n");
    throw new Error(`the program could not be bundled:\n${reasons}`);
  }
  const files = result.outputFiles.map((file) => [file.path, file.text()] as const);
  await replaceFolder(files, JSON.stringify(builtOf));
  const kib = Math.round(files.reduce((sum, [, text]) => sum + text.length, 0) / 1024);
  console.log(`built the program: ${kib} KiB in ${Math.round(performance.now() - started)} ms`);
}

async function inputs(): Promise<Record<string, unknown>> {
  const modules = (await Promise.all(ENTRIES.map(reachableModules))).flat();
  const others = ["deno.json", "deno.lock", "scripts/build_program.ts"].map((name) => new URL(name, ROOT));
  return Object.fromEntries(
    [...modules, ...others].map((file) => [file.href.slice(ROOT.href.length), stateOf(file)]),
  );
}

/**
 * Puts the files in the place of those that are there. The list of sources goes first and comes last: what is half written
 * is not used. A process that runs has read all of its files.
 */
async function replaceFolder(
  files: readonly (readonly [path: string, text: string])[],
  builtOf: string,
): Promise<void> {
  await Deno.remove(BUILT_FOLDER, { recursive: true }).catch((thrown) => {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  });
  await Deno.mkdir(BUILT_FOLDER, { recursive: true });
  for (const [path, text] of files) await Deno.writeTextFile(path, text);
  const draft = new URL(`${BUILT_OF}.${crypto.randomUUID()}`, BUILT_FOLDER);
  await Deno.writeTextFile(draft, builtOf);
  await Deno.rename(draft, new URL(BUILT_OF, BUILT_FOLDER));
}
