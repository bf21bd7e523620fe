/**
 * A control role over an embedded log in a folder, as a process of its own that a test may kill: prints its port, and
 * ends with its standard input.
 *
 * @module
 */
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { serveApi } from "../../src/cli/serve_api.ts";
import { systemClock } from "../../src/core/clock.ts";
import { withControl } from "./control.ts";

if (import.meta.main) {
  const [folder] = Deno.args;
  const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 4, clock: systemClock });
  await withControl(async ({ control }) => {
    // Without their address: whoever asks as much as the tests do would be refused.
    const server = await serveApi((request) => control.app.fetch(request), { host: "127.0.0.1", port: 0 });
    console.log(server.port);
    for await (const _ of Deno.stdin.readable) { /* nothing is asked this way */ }
    await server.close();
  }, { log, requestsPerSecond: 1_000_000, linkSecret: "a secret of the tests, long enough" });
  await log.close();
}

/** A running control process. */
export interface ControlProcess {
  readonly url: string;
  /** Ends it at once, as kill -9 does. */
  kill(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** Starts a control process over the log in a folder. */
export async function startControlProcess(folder: string): Promise<ControlProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-net=127.0.0.1",
      import.meta.filename!,
      folder,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: port, done } = await reader.read();
  if (done) throw new Error("the control process ended before it listened");
  reader.releaseLock();
  let ended = false;
  return {
    url: `http://127.0.0.1:${port.trim()}`,
    async kill() {
      ended = true;
      child.kill("SIGKILL");
      await child.status;
      await child.stdin.abort();
    },
    async stop() {
      if (ended) return;
      await child.stdin.close();
      await child.status;
    },
  };
}
