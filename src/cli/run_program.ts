import { variablesOf } from "../config/load.ts";
import type { Settings } from "../config/setting.ts";
import type { Command } from "./command.ts";
import { GROUPS } from "./command_groups.ts";
import { takeDotEnv } from "./dot_env.ts";
import { Program, report } from "./program.ts";
import { VARIABLES } from "./variables.ts";

/**
 * How long a clean end may take, ms: what waits for a broker that is away would wait on. Above the notifier's time for
 * its calls, and below what Kubernetes is set to wait.
 */
const STOP_MS = 20_000;
/** Signals within this are one, ms. */
const SAME_MS = 300;

/**
 * Runs the program with these commands as this process: its arguments, environment and signals.
 *
 * @param options.stop ends it as a first SIGTERM does.
 * @returns the exit code.
 */
export async function runProgram(
  commands: readonly Command[],
  options: { readonly stop?: AbortSignal } = {},
): Promise<number> {
  const stop = new AbortController();
  let first = Infinity;
  // A second signal ends the process at once: nothing acknowledged is lost by it. One that comes with the first, from the
  // terminal and from the launcher, is the same.
  const onSignal = () => {
    if (performance.now() - first > SAME_MS) Deno.exit(130);
    first = Math.min(first, performance.now());
    if (stop.signal.aborted) return;
    stop.abort();
    Deno.unrefTimer(setTimeout(stuck, STOP_MS));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  options.stop?.addEventListener("abort", onSignal, { once: true });
  const io = {
    out: (line: string) => console.log(line),
    err: (line: string) => console.error(line),
    signal: stop.signal,
    readText: Deno.readTextFileSync,
  };
  try {
    await takeDotEnv();
  } catch (thrown) {
    return report(thrown, io);
  }
  const program = new Program(commands, VARIABLES, GROUPS);
  return await program.run(Deno.args, {
    ...io,
    env: environment(program.settings),
    terminal: Deno.stdout.isTerminal(),
  });
}

/**
 * The variables of this process. One that may read some of them alone was started with a role's flags by who had looked
 * for unknown ones.
 */
function environment(settings: Settings): Readonly<Record<string, string>> {
  if (Deno.permissions.querySync({ name: "env" }).state === "granted") return Deno.env.toObject();
  const mayRead = (variable: string) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  const names = Object.entries(settings).flatMap(([name, setting]) => variablesOf(name, setting));
  return Object.fromEntries(
    names.filter(mayRead).flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function stuck(): never {
  console.error(
    `tickbell: no clean end within ${STOP_MS / 1000} s; ended as it is, nothing acknowledged is lost`,
  );
  Deno.exit(1);
}
