/**
 * Prints the flags of Deno for a command, one a line: `print_flags.ts COMMAND …`. For who starts the program itself, as the
 * image does: `exec deno run $flags src/cli/main.ts COMMAND …`. For words that lead to no command, and settings that are
 * refused, it prints what the program needs to say so.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { GROUPS } from "./command_groups.ts";
import { takeDotEnv } from "./dot_env.ts";
import { findCommands } from "./find_commands.ts";
import { commandFlags } from "./machine.ts";
import { Program } from "./program.ts";
import { VARIABLES } from "./variables.ts";

if (import.meta.main) console.log((await flagsFor(Deno.args)).join("\n"));

/** The flags of Deno for the words of a command line. @param dotEnv the file of settings. */
export async function flagsFor(args: readonly string[], dotEnv = ".env"): Promise<readonly string[]> {
  let flags: readonly string[] = ["--allow-read", "--allow-env", "--allow-sys"];
  const commands = (await findCommands(args)).map((command) => ({
    ...command,
    run: ({ config }: { config: Parameters<typeof commandFlags>[1] }) => {
      flags = commandFlags(command, config);
      return Promise.resolve(0);
    },
  }));
  try {
    await takeDotEnv(dotEnv);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return flags;
  }
  const quiet = () => {};
  await new Program(commands, VARIABLES, GROUPS).run(args, {
    out: quiet,
    err: quiet,
    env: Deno.env.toObject(),
    signal: new AbortController().signal,
    readText: Deno.readTextFileSync,
  });
  return flags;
}
