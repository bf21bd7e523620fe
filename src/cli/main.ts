/**
 * The program: `tickbell COMMAND …`, with the permissions its process has. `tickbell.ts` beside it gives each command
 * those it needs.
 *
 * @module
 */
import { findCommands } from "./find_commands.ts";
import { runProgram } from "./run_program.ts";

if (import.meta.main) Deno.exit(await runProgram(await findCommands(Deno.args)));
