/**
 * The launcher: `tickbell COMMAND …`. Roles and `start` run in a process of their own that may reach what their settings
 * name and nothing else; all other commands run here.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Command, CommandContext } from "./command.ts";
import { builtProgram } from "./built_program.ts";
import { findCommands } from "./find_commands.ts";
import { killedLines } from "./killed_lines.ts";
import { commandFlags } from "./machine.ts";
import { runProgram } from "./run_program.ts";

const LAUNCHED = fileURLToPath(new URL("./launched.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** A command that runs in a process of its own, with permissions that follow from its settings. */
function launched(command: Command): Command {
  return {
    ...command,
    run: (context) => runChild(command.name, commandFlags(command, context.config), context),
  };
}

async function runChild(
  name: string,
  permissions: readonly string[],
  { signal, err }: Pick<CommandContext<Command["settings"]>, "signal" | "err">,
): Promise<number> {
  const child = new Deno.Command(program(), {
    args: [
      "run",
      "-q",
      "--no-prompt",
      "--config",
      CONFIG,
      ...permissions,
      builtProgram("launched.ts") ?? LAUNCHED,
      ...Deno.args,
    ],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // Ctrl-C reaches both; a signal to this process alone is passed on.
  const pass = () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
  };
  signal.addEventListener("abort", pass, { once: true });
  const { code, signal: killedBy } = await child.status;
  for (const line of killedLines(name, { code, killedBy })) err(line);
  return code;
}

/** Deno: this very one, where this process may run it by its path. */
function program(): string {
  const command = Deno.execPath();
  return Deno.permissions.querySync({ name: "run", command }).state === "granted" ? command : "deno";
}

/** Kafka's checksums are native code, the settings of brokers name who needs them. */
function needsItsOwn(command: Command): boolean {
  return command.name === "start" || "brokers" in command.settings;
}

if (import.meta.main) {
  // What is written from here on, by the role's process too, is its owner's alone: the log has addresses, the outbox mails.
  if (Deno.build.os !== "windows") Deno.umask(0o077);
  const commands = await findCommands(Deno.args);
  Deno.exit(await runProgram(commands.map((command) => needsItsOwn(command) ? launched(command) : command)));
}
