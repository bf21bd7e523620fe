import { fileURLToPath } from "node:url";
import type { Victim } from "./fault.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const SHIFT = fileURLToPath(new URL("./shift_clock.ts", import.meta.url));

export interface ProcessOptions {
  /** For what it says and its time of day. */
  readonly folder: string;
  readonly args: readonly string[];
  /** How many files and connections it may have open; by default as many as this process. */
  readonly descriptors?: number;
  /** Resolves when it works as it should after a start. */
  readonly begun?: () => Promise<void>;
  /** Called when it ends by itself. */
  readonly ended: (said: string) => void;
}

/** A process of the program that is started again and again with the same words; its time of day can be moved. */
export class TortureProcess implements Victim {
  readonly name: string;
  readonly #options: ProcessOptions;
  #child: Deno.ChildProcess | undefined;
  #starts = 0;
  #expected = false;

  constructor(name: string, options: ProcessOptions) {
    this.name = name;
    this.#options = options;
  }

  /** Its number while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, and does not wait. */
  spawn(): void {
    const { folder, args, descriptors, ended } = this.#options;
    this.#starts++;
    this.#expected = false;
    // A shell, so that the output goes to a file without being read.
    const child = this.#child = new Deno.Command("sh", {
      args: [
        "-c",
        `${descriptors === undefined ? "" : `ulimit -n ${descriptors}; `}exec "$0" "$@" >>"$LOG" 2>&1`,
        Deno.execPath(),
        ...programOf(args),
      ],
      env: {
        LOG: this.#logFile,
        TORTURE_CLOCK: `${folder}/${this.name}.clock`,
        TICKBELL_LOG_LEVEL: "warning",
        NO_COLOR: "1",
      },
      stdin: "null",
    }).spawn();
    void child.status.then(async ({ code }) => {
      // A producer whose recording is at its end has done what it is for.
      if (this.#expected || this.#child !== child || code === 0) return;
      const said = await this.lastLines();
      ended(`${this.name} ended by itself with ${code} after its start ${this.#starts}:\n${said}`);
    });
  }

  async start(): Promise<void> {
    this.spawn();
    await this.#options.begun?.();
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  async clock(aheadMs: number): Promise<void> {
    await Deno.writeTextFile(`${this.#options.folder}/${this.name}.clock`, String(aheadMs));
  }

  /** What it said last, of all its starts. */
  async lastLines(): Promise<string> {
    return (await Deno.readTextFile(this.#logFile).catch(() => "")).slice(-3_000);
  }

  get #logFile(): string {
    return `${this.#options.folder}/${this.name}.log`;
  }

  async #end(signal: Deno.Signal): Promise<void> {
    this.#expected = true;
    try {
      this.#child?.kill(signal);
    } catch (thrown) {
      // It has ended already.
      if (!(thrown instanceof TypeError)) throw thrown;
    }
    await this.#child?.status;
  }
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[]): Promise<{ code: number; said: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: programOf(args),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

function programOf(args: readonly string[]): string[] {
  return ["run", "-A", "--preload", SHIFT, MAIN, ...args];
}
