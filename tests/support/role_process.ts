import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** One role's process. */
export class Role {
  readonly #process: Deno.ChildProcess;
  #expected = false;

  constructor(
    name: string,
    logFile: string,
    args: readonly string[],
    onEnd: (code: number, log: string) => void,
  ) {
    // A shell, so that the output goes to a file without being read.
    this.#process = new Deno.Command("sh", {
      args: ["-c", `exec "$0" "$@" >"$LOG" 2>&1`, Deno.execPath(), "run", "-A", MAIN, ...args],
      env: { LOG: logFile, TICKBELL_LOG_LEVEL: "warning", NO_COLOR: "1" },
      stdin: "null",
    }).spawn();
    void this.#process.status.then(async ({ code }) => {
      if (!this.#expected) onEnd(code, (await Deno.readTextFile(logFile)).slice(-2_000) || name);
    });
  }

  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: Deno.Signal): Promise<void> {
    this.#expected = true;
    try {
      this.#process.kill(signal);
    } catch (thrown) {
      // It has ended already.
      if (!(thrown instanceof TypeError)) throw thrown;
    }
    await this.#process.status;
  }
}
