import { fileURLToPath } from "node:url";
import { PROGRAM_FOLDER } from "../files/program_folder.ts";

/** Where `deno task build` puts the program in few files: two folders below the program's, as the modules of src/cli are. */
export const BUILT_FOLDER: URL = new URL("dist/program/", PROGRAM_FOLDER);

/** What each file that the program was built of was then: bytes, and when it was last changed, ms. By its path. */
export type BuiltOf = Readonly<Record<string, readonly [bytes: number, changedMs: number]>>;

/** The name of the list among the built files. */
export const BUILT_OF = "built_of.json";

/** What a file is now; undefined when it is not there. */
export function stateOf(file: URL): BuiltOf[string] | undefined {
  try {
    const { size, mtime } = Deno.statSync(file);
    return [size, mtime?.getTime() ?? 0];
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/**
 * A module of the program as it was built: a process that loads it needs a fifth less memory than one that loads the sources.
 *
 * @param entry Its name in src/cli: `main.ts`.
 * @returns its path; undefined when there is none, or a source has been changed since it was built: the sources count then.
 */
export function builtProgram(
  entry: string,
  { folder = BUILT_FOLDER, root = PROGRAM_FOLDER }: { readonly folder?: URL; readonly root?: URL } = {},
): string | undefined {
  let builtOf: BuiltOf;
  try {
    builtOf = JSON.parse(Deno.readTextFileSync(new URL(BUILT_OF, folder)));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
  for (const [path, [bytes, changedMs]] of Object.entries(builtOf)) {
    const now = stateOf(new URL(path, root));
    if (now?.[0] !== bytes || now[1] !== changedMs) return undefined;
  }
  return fileURLToPath(new URL(entry.replace(/\.ts$/, ".js"), folder));
}
