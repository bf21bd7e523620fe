const ROOT = new URL("../", import.meta.url);

/**
 * Runs AssemblyScript's compiler. It is half as large as everything else together, so it has a configuration of its own in
 * wasm/compiler, and is fetched when it is first needed.
 *
 * @param words its command line, but the base folder.
 * @throws Error with what it said when it cannot compile.
 */
export async function assemble(words: readonly string[]): Promise<void> {
  const compiler = `${pathOf(ROOT)}wasm/compiler`;
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "-q",
      "--frozen",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--config",
      `${compiler}/deno.json`,
      `${compiler}/compile.ts`,
      ...words,
      "--baseDir",
      pathOf(ROOT),
    ],
    stdout: "inherit",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (!success) throw new Error(`asc could not compile ${words[0]}: ${said}`);
  if (said !== "") console.warn(said);
}

/** The path of a file's address. */
export function pathOf(file: URL): string {
  return decodeURIComponent(file.pathname);
}
