/** Cloudflare's real runtime, which npm carries, with one worker in it. */
import { fileURLToPath } from "node:url";
import { freePort } from "./influxd.ts";

/** It is as large as all other packages together, so it has a configuration of its own and is fetched when it is needed. */
const PROGRAM = fileURLToPath(new URL("./workerd/", import.meta.url));
const READY_MS = 60_000;

/** A running workerd. */
export interface Workerd extends AsyncDisposable {
  readonly url: string;
}

/** Where npm put the program. */
async function programPath(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--frozen", "--config", `${PROGRAM}deno.json`, `${PROGRAM}path.ts`],
  }).output();
  if (!success) throw new Error(`workerd cannot be had: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

/**
 * Starts workerd with a bundled worker that imports the engine as `./engine.wasm`.
 *
 * @param options.folder is written to; what its objects store is kept there and found again by the next start.
 * @throws Error with what it said when it does not answer within a minute.
 */
export async function startWorkerd(
  options: {
    readonly folder: string;
    readonly script: string;
    readonly wasm: Uint8Array;
    /** Texts that the worker finds in its `env`. */
    readonly bindings: Readonly<Record<string, string>>;
    /** Class of the durable objects, and the binding they are found by. */
    readonly objects?: { readonly className: string; readonly binding: string };
  },
): Promise<Workerd> {
  const { folder, objects } = options;
  const port = freePort();
  await Deno.writeTextFile(`${folder}/worker.js`, options.script);
  await Deno.writeFile(`${folder}/engine.wasm`, options.wasm);
  await Deno.mkdir(`${folder}/objects`, { recursive: true });
  const texts = Object.entries(options.bindings).map(([name, text]) =>
    `(name = "${name}", text = "${text}")`
  );
  if (objects !== undefined) {
    texts.push(`(name = "${objects.binding}", durableObjectNamespace = "${objects.className}")`);
  }
  await Deno.writeTextFile(
    `${folder}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local"])),
    (name = "objects", disk = (path = "${folder}/objects", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "engine.wasm", wasm = embed "engine.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  bindings = [${texts.join(", ")}],
  ${
      objects === undefined
        ? ""
        : `durableObjectNamespaces = [(className = "${objects.className}", uniqueKey = "tickbell")],
  durableObjectStorage = (localDisk = "objects"),`
    }
);
`,
  );
  const child = new Deno.Command(await programPath(), {
    args: ["serve", `${folder}/config.capnp`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already, which is what is wanted.
    }
    await child.status;
    return (await said).join("");
  };
  for (const end = Date.now() + READY_MS;;) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) break;
    if (Date.now() > end) throw new Error(`workerd does not answer: ${await stop()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, [Symbol.asyncDispose]: async () => void await stop() };
}
