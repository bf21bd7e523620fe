import { lambdaSettings } from "../config/lambda.ts";
import { GROUPS } from "./commands.ts";
import type { Command } from "./command.ts";
import { takeDotEnv } from "./dot_env.ts";
import { Program, report } from "./program.ts";

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
 * @returns the exit code.
 */
export async function runProgram(commands: readonly Command[]): Promise<number> {
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
  return await new Program(commands, lambdaSettings, GROUPS).run(Deno.args, {
    ...io,
    env: Deno.env.toObject(),
    terminal: Deno.stdout.isTerminal(),
  });
}

function stuck(): never {
  console.error(
    `tickbell: no clean end within ${STOP_MS / 1000} s; ended as it is, nothing acknowledged is lost`,
  );
  Deno.exit(1);
}
