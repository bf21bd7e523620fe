/**
 * The folder of the program, where `wasm/build/` and what else it reads beside its modules is. It is two folders above this
 * module, and two above the parts of the bundled program (dist/program/) as well.
 */
export const PROGRAM_FOLDER: URL = new URL("../../", import.meta.url);
