/** The package as it is published, built for a test. */
import { buildPackage } from "../../scripts/build_package.ts";

/** A built package, unpacked as `npm install` would. */
export interface InstalledPackage extends AsyncDisposable {
  /** A folder with node_modules/@tickbell/tickbell in it. */
  readonly folder: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
}

export async function installPackage(): Promise<InstalledPackage> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-package-" });
  const { tarball } = await buildPackage(folder);
  const into = `${folder}/node_modules/@tickbell`;
  await Deno.mkdir(into, { recursive: true });
  const { code, stderr } = await new Deno.Command("tar", { args: ["-xzf", tarball, "-C", into] }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  await Deno.rename(`${into}/package`, `${into}/tickbell`);
  return {
    folder,
    wasm: await Deno.readFile(`${into}/tickbell/engine.wasm`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** One script for a browser or a worker, of a file that imports the package by its name. */
export async function bundleWithPackage(installed: InstalledPackage, source: string): Promise<string> {
  const entry = `${installed.folder}/entry-${crypto.randomUUID()}.ts`;
  const mod = `${installed.folder}/node_modules/@tickbell/tickbell/src/mod.js`;
  await Deno.writeTextFile(entry, source.replaceAll('"@tickbell/tickbell"', JSON.stringify(mod)));
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints: [entry],
    platform: "browser",
    format: "esm",
    minify: true,
    external: ["@tickbell/tickbell/engine.wasm"],
    write: false,
  });
  const text = outputFiles?.[0]?.text();
  if (!success || text === undefined) throw new Error(errors.map((error) => error.text).join("\n"));
  return text.replaceAll("@tickbell/tickbell/engine.wasm", "./engine.wasm");
}
