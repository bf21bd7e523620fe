/**
 * Builds the package of the engine, rules and market (src/mod.ts) for npm and JSR:
 *
 *     deno task package        dist/package/ (what `deno publish` takes) and dist/tickbell-VERSION.tgz (what `npm publish` takes)
 *
 * @module
 */
import { ENGINE_WASM } from "./build_wasm.ts";
import { reachableModules } from "./reachable_modules.ts";

const ROOT = new URL("../", import.meta.url);

/** What was built. */
export interface BuiltPackage {
  /** The folder that JSR takes. */
  readonly folder: string;
  /** The file that npm takes. */
  readonly tarball: string;
  readonly files: readonly string[];
}

/**
 * Builds the package into a folder, which is made anew.
 *
 * @throws Error when a module of it imports a package: it has none, so that it runs wherever JavaScript does.
 */
export async function buildPackage(into: string): Promise<BuiltPackage> {
  const folder = `${into}/package`;
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  const modules = await reachableModules(new URL("src/mod.ts", ROOT));
  for (const file of modules) {
    const text = await Deno.readTextFile(file);
    const outside = /^(?:import|export)[^;]*?from\s+"([^."][^"]*)"/m.exec(text)?.[1];
    if (outside !== undefined) {
      throw new Error(`${file.pathname} imports ${outside}: the package needs no other`);
    }
    await write(`${folder}/${file.href.slice(ROOT.href.length)}`, text);
  }
  const { version, license, name } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const manifest = { name, version, license, exports: { ".": "./src/mod.ts" } };
  await write(`${folder}/deno.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await Deno.copyFile(ENGINE_WASM, `${folder}/engine.wasm`);
  await Deno.copyFile(new URL("docs/edge.md", ROOT), `${folder}/README.md`);
  await Deno.copyFile(new URL("LICENSE", ROOT), `${folder}/LICENSE`);
  const tarball = `${into}/tickbell-${version}.tgz`;
  await run(folder, [
    "pack",
    "--quiet",
    "--allow-dirty",
    "--allow-slow-types",
    "--no-source-maps",
    "-o",
    tarball,
  ]);
  await complete(tarball, folder);
  return { folder, tarball, files: modules.map((file) => file.href.slice(ROOT.href.length)) };
}

/** Adds what the packing leaves out: types, and the module as an entry, `import wasm from "@tickbell/tickbell/engine.wasm"`. */
async function complete(tarball: string, folder: string): Promise<void> {
  const work = await Deno.makeTempDir();
  try {
    await tar("-x", "-z", "-f", tarball, "-C", work);
    await writeTypes(folder, `${work}/package`);
    const path = `${work}/package/package.json`;
    const manifest = JSON.parse(await Deno.readTextFile(path));
    manifest.types = "./src/mod.d.ts";
    manifest.exports = {
      ".": { types: "./src/mod.d.ts", default: "./src/mod.js" },
      "./engine.wasm": "./engine.wasm",
    };
    manifest.sideEffects = false;
    await Deno.writeTextFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
    await tar("-c", "-z", "-f", tarball, "-C", work, "package");
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The declarations of every module of the package, beside its JavaScript. */
async function writeTypes(folder: string, into: string): Promise<void> {
  const own = new URL("declarations/", import.meta.url).pathname;
  const words = [
    "run",
    "-q",
    "-A",
    "--frozen",
    "--config",
    `${own}deno.json`,
    `${own}write.ts`,
    folder,
    into,
  ];
  await run(folder, words);
}

async function tar(...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("tar", { args }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}

async function run(cwd: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stdout) + decoder.decode(stderr));
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, text);
}

function ignoreMissing(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
}

if (import.meta.main) {
  const into = new URL("dist", ROOT).pathname;
  await Deno.mkdir(into, { recursive: true });
  const { tarball, files } = await buildPackage(into);
  const kib = Math.round((await Deno.stat(tarball)).size / 1024);
  console.log(`built ${tarball.slice(ROOT.pathname.length)}: ${files.length} modules, ${kib} KiB`);
}
