/**
 * A real `tickbell start` process for tests.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { v8Flags } from "../../src/cli/v8_flags.ts";

export { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The permissions `deno task start` gives. */
const START_PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-net=127.0.0.1,localhost",
];

/** A running process. */
export interface Tickbell {
  readonly url: string;
  /** The console's address as it was printed: in a terminal with a code that signs in once. */
  readonly consoleUrl: string;
  readonly apiKey: string;
  readonly outbox: string;
  readonly pid: number;
  /** Every line of its standard output so far. */
  readonly lines: readonly string[];
  /** The same of its standard error: its log. */
  readonly logged: readonly string[];
  /** Resolves with the first line that matches; also one that was printed before. */
  line(pattern: RegExp): Promise<string>;
  /** A request to the API with the key. */
  api(path: string, init?: RequestInit): Promise<Response>;
  /**
   * SIGINT.
   *
   * @returns the exit code.
   */
  stop(): Promise<number>;
  /** Resolves with the exit code once it has ended by itself. */
  ended(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Lines of a child's stream as they come. */
class Lines {
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];
  ended = false;

  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      this.lines.push(...parts);
      this.#wake();
    }
    if (rest !== "") this.lines.push(rest);
    this.ended = true;
    this.#wake();
  }

  async find(pattern: RegExp): Promise<string> {
    for (let next = 0;;) {
      for (; next < this.lines.length; next++) {
        const line = this.lines[next] as string;
        if (pattern.test(line)) return line;
      }
      if (this.ended) {
        throw new Error(`the process ended without ${pattern}; it said:\n${this.lines.join("\n")}`);
      }
      await new Promise<void>((go) => this.#waiting.push(go));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Runs the program to its end: exit code and output. */
export async function runTickbell(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await command(args, env).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** Starts `tickbell start` on a free port and waits until it says where it is. */
export async function startTickbell(
  dataDir: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  limits: {
    readonly descriptors?: number;
    /** In a terminal of its own, by `script` of util-linux; what it logs stands among its output. */
    readonly terminal?: boolean;
    /** By the launcher, which gives it a process of its own. */
    readonly launched?: boolean;
  } = {},
): Promise<Tickbell> {
  const words = ["start", "--port", "0", "--data-dir", dataDir, ...args];
  const pidFile = `${dataDir}/tickbell.pid`;
  const child = (limits.terminal ? inTerminal(words, pidFile) : command(words, env, limits)).spawn();
  const out = new Lines();
  const err = new Lines();
  const reading = Promise.all([out.read(child.stdout), err.read(child.stderr)]);
  const field = async (name: string) => {
    const line = await out.find(new RegExp(`^  ${name} +\\S`)).catch((error) => {
      throw new Error(`${error.message}\n${err.lines.join("\n")}`);
    });
    return line.slice(2 + name.length).trim().split(/\s+/)[0] as string;
  };
  const url = new URL(await field("API")).origin;
  const consoleUrl = await field("console");
  const pid = limits.terminal ? Number(await Deno.readTextFile(pidFile)) : child.pid;
  const apiKey = (await Deno.readTextFile(`${dataDir}/api-key`)).trim();
  const outbox = `${dataDir}/outbox`;
  const end = async (signal: Deno.Signal) => {
    try {
      Deno.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return await ended();
  };
  const ended = async () => {
    const { code } = await child.status;
    await reading;
    return code;
  };
  return {
    url,
    consoleUrl,
    apiKey,
    outbox,
    pid,
    lines: out.lines,
    logged: err.lines,
    line: (pattern) => out.find(pattern),
    api: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${apiKey}`);
      if (init.body !== undefined && !headers.has("content-type")) {
        headers.set("content-type", "application/json");
      }
      return fetch(`${url}${path}`, { ...init, headers });
    },
    stop: () => end("SIGINT"),
    ended,
    kill: async () => void await end("SIGKILL"),
  };
}

/** How Deno runs a command, with the heap that the launcher gives it. */
function runs(name = ""): string[] {
  return ["run", "--no-prompt", ...v8Flags(name)];
}

function command(
  args: readonly string[],
  env: Record<string, string>,
  { descriptors, launched = false }: { readonly descriptors?: number; readonly launched?: boolean } = {},
): Deno.Command {
  // A box with a centre reaches brokers, whose checksums are native code.
  const permissions = args.includes("--upstream") ? [...START_PERMISSIONS, "--allow-ffi"] : START_PERMISSIONS;
  const words = launched
    ? ["run", "-A", `${ROOT}src/cli/tickbell.ts`, ...args]
    : [...runs(args[0]), ...permissions, `${ROOT}src/cli/main.ts`, ...args];
  const limited = ["-c", `ulimit -n ${descriptors}; exec "$0" "$@"`, Deno.execPath(), ...words];
  return new Deno.Command(descriptors === undefined ? Deno.execPath() : "sh", {
    args: descriptors === undefined ? words : limited,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** A command in a terminal, as a person starts it. It writes its number into a file. */
function inTerminal(args: readonly string[], pidFile: string): Deno.Command {
  const words = [
    Deno.execPath(),
    ...runs("start"),
    ...START_PERMISSIONS,
    `${ROOT}src/cli/main.ts`,
    ...args,
  ];
  const quoted = words.map((word) => `'${word}'`).join(" ");
  return new Deno.Command("script", {
    args: ["-qefc", `echo $$ > '${pidFile}'; exec ${quoted}`, "/dev/null"],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** The mails in an outbox folder, as text. */
export async function mailsIn(outbox: string): Promise<string[]> {
  const mails: string[] = [];
  for await (const entry of Deno.readDir(outbox)) {
    if (entry.name.endsWith(".eml")) mails.push(await Deno.readTextFile(`${outbox}/${entry.name}`));
  }
  return mails;
}
