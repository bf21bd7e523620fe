/**
 * The program: `tickbell COMMAND …`.
 *
 * @module
 */
import { lambdaSettings } from "../config/lambda.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { Program } from "./program.ts";

if (import.meta.main) {
  const stop = new AbortController();
  // A second signal ends the process at once: nothing acknowledged is lost by it.
  const onSignal = () => stop.signal.aborted ? Deno.exit(130) : stop.abort();
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
