/**
 * The everyday tests: `deno task test [PATH…] [--FLAG…]`. What one test file loads most others load too, and loading takes
 * longer than testing: so those of a folder run in one worker. One line a file is printed, and all that is to be said of a
 * test that fails.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { groupsOf } from "./everyday_tests/groups.ts";
import { fileLines } from "./everyday_tests/file_lines.ts";
import { RunOutput } from "./everyday_tests/run_output.ts";

const ROOT = new URL("../", import.meta.url);
/** What runs when no path is given. */
export const FOLDERS = [
  "src",
  "wasm",
  "scripts",
  "tests/contract",
  "tests/deployment",
  "tests/edge",
  "tests/integration",
  "tests/property",
  "tests/simulation",
  "tests/end_to_end",
  "tests/support",
];

/** Files with tests at these paths, from the project's root, sorted. */
async function testFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const { isFile } = await Deno.stat(new URL(path, ROOT));
    if (isFile) found.push(path);
    else await collect(path.replace(/\/$/, ""), found);
  }
  return found.sort();
}

async function collect(folder: string, into: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    if (isDirectory) await collect(`${folder}/${name}`, into);
    else if (name.endsWith("_test.ts")) into.push(`${folder}/${name}`);
  }
}

/** Writes a module for each group, which loads its files. */
async function writeGroups(files: readonly string[], folder: string): Promise<string[]> {
  const modules: string[] = [];
  for (const [index, group] of groupsOf(files).entries()) {
    const module = `${folder}/${String(index).padStart(2, "0")}_test.ts`;
    const imports = group.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};\n`);
    await Deno.writeTextFile(module, imports.join(""));
    modules.push(module);
  }
  return modules;
}

async function run(paths: readonly string[], flags: readonly string[]): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-everyday-" });
  try {
    const modules = await writeGroups(await testFiles(paths), folder);
    const report = `${folder}/tests.xml`;
    const config = fileURLToPath(new URL("deno.json", ROOT));
    const child = new Deno.Command("deno", {
      // Types are what `deno task check` examines.
      args: [
        "test",
        "--no-check",
        "--parallel",
        "--config",
        config,
        "--junit-path",
        report,
        ...flags,
        ...modules,
      ],
      cwd: fileURLToPath(ROOT),
      stdout: "piped",
    }).spawn();
    const end = await show(child.stdout);
    const { code } = await child.status;
    for (const line of fileLines(await Deno.readTextFile(report).catch(() => ""))) console.log(line);
    if (end !== undefined) console.log(`\n${end}`);
    return code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Shows what is to be seen of what Deno prints, as it comes. Returns its closing line. */
async function show(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string | undefined> {
  const output = new RunOutput();
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines.flatMap((line) => output.take(line))) console.log(line);
  }
  if (rest !== "") console.log(rest);
  return output.end;
}

if (import.meta.main) {
  const flags = Deno.args.filter((word) => word.startsWith("-"));
  const paths = Deno.args.filter((word) => !word.startsWith("-"));
  Deno.exit(await run(paths.length === 0 ? FOLDERS : paths, flags));
}
