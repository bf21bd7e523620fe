/**
 * The program: `tickbell COMMAND …`.
 *
 * @module
 */
import { lambdaSettings } from "../config/lambda.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { Program } from "./program.ts";

/**
 * How long a clean end may take, ms: what waits for a broker that is away would wait on. Above the notifier's time for
 * its calls, and below what Kubernetes is told to wait.
 */
const STOP_MS = 20_000;

function stuck(): never {
  console.error(
    `tickbell: no clean end within ${STOP_MS / 1000} s; ended as it is, nothing acknowledged is lost`,
  );
  Deno.exit(1);
}

if (import.meta.main) {
  const stop = new AbortController();
  // A second signal ends the process at once: nothing acknowledged is lost by it.
  const onSignal = () => {
    if (stop.signal.aborted) Deno.exit(130);
    stop.abort();
    Deno.unrefTimer(setTimeout(stuck, STOP_MS));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  const code = await new Program(COMMANDS, lambdaSettings, GROUPS).run(Deno.args, {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    env: Deno.env.toObject(),
    signal: stop.signal,
    readText: Deno.readTextFileSync,
  });
  Deno.exit(code);
}
