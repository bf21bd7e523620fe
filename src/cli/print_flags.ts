/**
 * Prints the flags of Deno for a command, one a line: `print_flags.ts COMMAND …`. For who starts the program itself, as the
 * image does: `exec deno run $flags src/cli/main.ts COMMAND …`. For words that lead to no command, and settings that are
 * refused, it prints what the program needs to say so.
 *
 * @module
 */
import { lambdaSettings } from "../config/lambda.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { takeDotEnv } from "./dot_env.ts";
import { commandFlags } from "./machine.ts";
import { Program } from "./program.ts";

if (import.meta.main) {
  let flags = ["--allow-read", "--allow-env", "--allow-sys"];
  const commands = COMMANDS.map((command) => ({
    ...command,
    run: ({ config }: { config: Parameters<typeof commandFlags>[1] }) => {
      flags = commandFlags(command, config);
      return Promise.resolve(0);
    },
  }));
  await takeDotEnv();
  const quiet = () => {};
  await new Program(commands, lambdaSettings, GROUPS).run(Deno.args, {
    out: quiet,
    err: quiet,
    env: Deno.env.toObject(),
    signal: new AbortController().signal,
    readText: Deno.readTextFileSync,
  });
  console.log(flags.join("\n"));
}
