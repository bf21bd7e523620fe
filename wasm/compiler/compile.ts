/**
 * Runs AssemblyScript's compiler with the words of its command line. It has a configuration and a lock of its own: it is
 * four times as large as everything else, and needed only where wasm/assembly was changed.
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
