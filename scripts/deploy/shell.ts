/** A step that cannot go on: what happened, and what the user can do about it. */
export class DeployError extends Error {
  /** One or more whole sentences for the user. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export interface RunOptions {
  readonly cwd?: string;
  /** Standard input: where secrets go, so that they are in no process list. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Show the program's own output as it comes, for long steps. */
  readonly shown?: boolean;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs found on PATH. Arguments are passed as they are: no shell reads them. */
export class Shell {
  readonly #say: (line: string) => void;
  readonly #env: Record<string, string> = {};

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** A variable for every program run from now on. */
  setEnv(name: string, value: string): void {
    this.#env[name] = value;
  }

  /** Runs a program, whatever its outcome. A program that is not there answers 127. */
  async try(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const shown = options.shown === true;
    if (shown) this.#say(`$ ${program} ${args.join(" ")}`);
    try {
      const child = new Deno.Command(program, {
        args: [...args],
        cwd: options.cwd,
        env: { ...this.#env, ...options.env },
        stdin: options.input === undefined ? "null" : "piped",
        stdout: shown ? "inherit" : "piped",
        stderr: shown ? "inherit" : "piped",
      }).spawn();
      if (options.input !== undefined) await feed(child, options.input);
      if (shown) return { code: (await child.status).code, stdout: "", stderr: "" };
      const { code, stdout, stderr } = await child.output();
      const decoder = new TextDecoder();
      return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        return { code: 127, stdout: "", stderr: `${program}: not found` };
      }
      throw error;
    }
  }

  /**
   * Runs a program that has to succeed, and answers its output.
   *
   * @throws {DeployError} with what it said and the remedy.
   */
  async run(
    program: string,
    args: readonly string[],
    remedy: string,
    options: RunOptions = {},
  ): Promise<string> {
    const result = await this.try(program, args, options);
    if (result.code === 0) return result.stdout;
    const said = options.shown === true ? "its output is above" : lastLines(result.stderr || result.stdout);
    throw new DeployError(
      `${program} ${args.slice(0, 3).join(" ")} ended with ${result.code}: ${said}`,
      remedy,
    );
  }

  /** Starts a program that goes on running; the caller ends it. */
  start(program: string, args: readonly string[]): Deno.ChildProcess {
    return new Deno.Command(program, {
      args: [...args],
      env: this.#env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }
}

async function feed(child: Deno.ChildProcess, input: string): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // The program ended without reading its input; its exit code says so.
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-6).join("\n").trim() || "it said nothing";
}
