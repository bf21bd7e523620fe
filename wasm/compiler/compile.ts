/**
 * Runs AssemblyScript's compiler with the words of its command line. It has a configuration and a lock of its own: it is
 * half as large as everything else, and needed only where wasm/assembly was changed. 0.28.1 is the last whose package of
 * Binaryen is of 26 MB; those of later ones carry the same tools nine times (94 MB), and the module is as fast.
 *
 * @module
 */
import asc from "assemblyscript/asc";

const { error, stdout, stderr } = await asc.main(Deno.args);
const said = `${stdout}${stderr}`.trim();
if (said !== "") console.error(said);
if (error !== null) {
  console.error(error.message);
  Deno.exit(1);
}
