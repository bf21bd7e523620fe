/**
 * The process that the launcher gives a command: the program as in `main.ts`, and it stops once the launcher is gone, which
 * a kill -9 of it would leave with the data directory and the port.
 *
 * @module
 */
import { findCommands } from "./find_commands.ts";
import { runProgram } from "./run_program.ts";

/** How often it is examined whether the launcher lives, ms. */
const EVERY_MS = 500;

/** Aborted when the process that started this one has ended: this one is then another's. */
function launcherGone(): AbortSignal {
  const launcher = Deno.ppid;
  const gone = new AbortController();
  const timer = setInterval(() => {
    if (Deno.ppid === launcher) return;
    clearInterval(timer);
    console.error("tickbell: the launcher was killed; this process stops too");
    gone.abort();
  }, EVERY_MS);
  Deno.unrefTimer(timer);
  return gone.signal;
}

if (import.meta.main) {
  const stop = launcherGone();
  Deno.exit(await runProgram(await findCommands(Deno.args), { stop }));
}
