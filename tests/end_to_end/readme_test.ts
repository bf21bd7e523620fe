/**
 * Plays the README's tour: its own commands, in its own order, in a copy of the repository.
 *
 * @module
 */
import { expect } from "expect";
import { fileURLToPath } from "node:url";
import { mailsIn, until } from "../support/tickbell.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What is built, and not among the files of the repository. */
const BUILT = ["wasm/build", "src/console/dist"];

interface Tour {
  readonly folder: string;
  readonly env: Record<string, string>;
  /** A command with the port that is free here in place of the README's. */
  own(command: string): string;
}

/** The blocks of shell commands of a section, in order. */
function blocksOf(readme: string, heading: string): string[] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  return [...section.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block]) =>
    block!.replace(/^ {3}/gm, "")
  );
}

async function withCopy(body: (tour: Tour) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-readme-" });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  try {
    const copied = await run(
      `git ls-files -z | tar --null -T - -c ${BUILT.join(" ")} | tar -x -C ${folder}`,
      ROOT,
      {},
    );
    expect(copied.code).toBe(0);
    await Deno.mkdir(`${folder}/bin`);
    await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
    await body({
      folder,
      env: {
        NO_COLOR: "1",
        PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
        DENO_INSTALL_ROOT: folder,
        TICKBELL_PORT: String(port),
        TICKBELL_API_URL: `http://127.0.0.1:${port}`,
      },
      own: (command) => command.replaceAll("127.0.0.1:8000", `127.0.0.1:${port}`),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(command: string, cwd: string, env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-ec", command],
    cwd,
    env,
    signal: AbortSignal.timeout(60_000),
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** A start that goes on in the background; what it prints stands in `printed`. */
class Background {
  printed = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #ended = false;

  constructor(command: string, { folder, env }: Tour) {
    this.#child = new Deno.Command("bash", {
      args: ["-c", `exec ${command.trim()}`],
      cwd: folder,
      env,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([this.#child.stdout, this.#child.stderr].map((stream) => this.#read(stream)))
      .then(
        () => {},
      );
    this.#child.status.then(() => this.#ended = true);
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.printed += text;
  }

  /** @throws Error with all that it printed when it ends, or 40 s pass, before that is among it. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    try {
      const found = await until(
        () => pattern.exec(this.printed) ?? (this.#ended ? "ended" : undefined),
        String(pattern),
        40_000,
      );
      if (found !== "ended") return found;
    } catch (cause) {
      throw new Error(`${pattern} was not printed within 40 s, but: ${this.printed}`, { cause });
    }
    throw new Error(await this.#early());
  }

  /** @throws Error with all that it printed when it had ended by itself, or does not end well. */
  async stop(): Promise<void> {
    if (this.#ended) throw new Error(await this.#early());
    this.#child.kill("SIGINT");
    const { code } = await this.#child.status;
    await this.#reading;
    if (code !== 0) throw new Error(`it ended with exit code ${code} after Ctrl-C: ${this.printed}`);
  }

  async #early(): Promise<string> {
    const { code, signal } = await this.#child.status;
    await this.#reading;
    return `it ended by itself (exit code ${code}, signal ${signal}): ${this.printed}`;
  }
}

Deno.test("the README's tour works as it is written, from its first command to its last", () =>
  withCopy(async (tour) => {
    const { folder, env, own } = tour;
    const readme = await Deno.readTextFile(`${folder}/README.md`);
    const blocks = blocksOf(readme, "A tour of five minutes");
    expect(blocks.length).toBe(5);
    let background: Background | undefined;
    const stop = async () => {
      const running = background;
      background = undefined;
      await running?.stop();
    };
    try {
      for (const block of blocks) {
        if (/^deno task start/.test(block)) await stop();
        if (block.trim() === "deno task start") {
          background = new Background(block, tour);
          await background.until(/Tickbell is running: .*\n[\s\S]*Alerts appear below/);
          if (await Deno.stat(`${folder}/data/tried`).catch(() => undefined)) continue;
          await Deno.writeTextFile(`${folder}/data/tried`, "");
          await pasteTwice(background, tour);
          continue;
        }
        const { code, out, err } = await run(own(block), folder, env);
        expect([block, code, err.replace(/^Task .*\n/gm, ""), out.includes('"errors"')]).toEqual([
          block,
          0,
          expect.not.stringContaining("rror"),
          false,
        ]);
        if (block.includes("--exit-when-done")) {
          const [, alerts, mails] = /\((\d+) alerts, (\d+) mails\)/.exec(readme)!;
          expect(out).toMatch(new RegExp(`^Done: .* ${alerts} alerts, ${mails} mails\\.$`, "m"));
        }
      }
    } catch (failure) {
      // What ended it first is what is to be seen.
      await stop().catch(() => {});
      throw failure;
    }
    await stop();
  }));

/** Pastes the `curl` that it prints: the rule is made and fires; pasted again it is answered that there is one. */
async function pasteTwice(background: Background, { folder, env }: Tour): Promise<void> {
  const [, curl] = await background.until(/^ +(curl -s .*)$/m);
  expect(JSON.parse((await run(curl!, folder, env)).out)).toMatchObject({ id: "first", enabled: true });
  await background.until(/^\d\d:\d\d:\d\d .* rule first$/m);
  await until(async () => (await mailsIn(`${folder}/data/outbox`)).length > 0, "the mail");
  expect((await run(curl!, folder, env)).out).toContain("id_taken");
}
