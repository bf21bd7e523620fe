/**
 * Mutants: one-line bugs, kept as patches in tests/mutants. Each is applied in a scratch copy, and the tests that it names
 * must then fail. One that lives shows a promise that no test keeps.
 *
 *     deno task mutants [NAME…] [--minutes N] [--seed N]
 *
 * With `--minutes` as many as fit, in an order of the seed, which is printed. A patch begins with what it breaks and the
 * tests that catch it:
 *
 *     What: the intent is not written before a retry
 *     Kills: src/roles/notifier/fault_test.ts
 *     Simulation: yes
 *
 * The last line says that `deno task simulate` finds it too; `Kills: simulation`, that nothing else does.
 *
 *     deno task mutants --simulate [NAME…] [--seed N] [--record]
 *
 * has the simulation find them, each within a minute, and prints by which seed and after how long. `--record` notes a run
 * for docs/reliability.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { noteRun, readRecord } from "./reliability/record.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const FOLDER = `${ROOT}tests/mutants`;
/** A test of a mutant may hang instead of failing: that is caught too. */
const TEST_LIMIT_MS = 60_000;
/** In the place of a test: the simulation alone finds it. */
const SIMULATION = "simulation";
/** What a record says of such a run. */
const BY_SIMULATION = "the simulation";
/** How long the simulation searches for a mutant, s. */
const SIMULATED_S = 60;
/** The seed it begins with when nothing is known of a mutant. */
const FIRST_SEED = 1;
const TEST_RIGHTS = ["read", "write", "env", "sys", "run", "ffi", "net=127.0.0.1,localhost"];

/** A patch and what it says of itself. */
export interface Mutant {
  readonly name: string;
  readonly what: string;
  /** The test files that must fail, from the project's root. */
  readonly kills: readonly string[];
  /** The files it changes. */
  readonly changes: readonly string[];
  /** Whether the simulation finds it. */
  readonly simulated: boolean;
  readonly path: string;
}

export type Outcome = "killed" | "lived" | "does not apply" | "tests fail without it";

/** @returns the mutant that a patch describes. @throws Error naming what the patch does not say. */
export function readMutant(path: string, text: string): Mutant {
  const name = path.replace(/^.*\//, "").replace(/\.patch$/, "");
  const line = (head: string) => new RegExp(`^${head}: (.+)$`, "m").exec(text)?.[1]?.trim();
  const what = line("What");
  const kills = line("Kills")?.split(/[ ,]+/).filter((word) => word !== "") ?? [];
  const changes = [...text.matchAll(/^\+\+\+ b\/(\S+)/gm)].map((match) => match[1] as string);
  if (what === undefined || kills.length === 0 || changes.length === 0) {
    throw new Error(`${path} must say "What: …", "Kills: TEST…" and change a file`);
  }
  return { name, what, kills, changes, simulated: line("Simulation") === "yes", path };
}

/** @returns the same items in an order that the seed decides. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const rest = [...items];
  const result: T[] = [];
  let state = seed >>> 0;
  while (rest.length > 0) {
    // The generator of Numerical Recipes; its upper bits are good enough to choose by.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    result.push(...rest.splice(Math.floor(state / 2 ** 32 * rest.length), 1));
  }
  return result;
}

/** All mutants, by name. */
export async function mutants(): Promise<Mutant[]> {
  const found: Mutant[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (!name.endsWith(".patch")) continue;
    found.push(readMutant(`${FOLDER}/${name}`, await Deno.readTextFile(`${FOLDER}/${name}`)));
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What a simulation came to. */
interface Found {
  readonly outcome: Outcome;
  /** By which seed, after how long and what, for people. */
  readonly how: string;
}

/** @returns what the simulation says of a mutant in the end. */
export function foundIn(text: string): string | undefined {
  const found = /seed (\d+) broke a promise after (\d+) s, at step \d+\n\s*([^:\n]+)/.exec(text);
  return found === null ? undefined : `seed ${found[1]}, ${found[2]} s: ${found[3]}`;
}

/** @returns by which seed the simulation found each mutant when that was recorded last. */
export async function foundBefore(): Promise<ReadonlyMap<string, number>> {
  const runs = ((await readRecord()).mutants ?? []).filter(({ by }) => by === BY_SIMULATION);
  const found = runs.flatMap(({ planted }) => Object.entries(planted as Readonly<Record<string, string>>));
  return new Map(found.flatMap(([name, how]) => {
    const seed = /^seed (\d+),/.exec(how)?.[1];
    return seed === undefined ? [] : [[name, Number(seed)]];
  }));
}

/** A copy of the project's files in which mutants are tried. */
class Scratch {
  readonly #folder: string;
  /** Whether a set of tests passes without a mutant. */
  readonly #sound = new Map<string, boolean>();
  readonly #foundBefore: ReadonlyMap<string, number>;

  private constructor(folder: string, before: ReadonlyMap<string, number>) {
    this.#folder = folder;
    this.#foundBefore = before;
  }

  static async make(): Promise<Scratch> {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-mutants-" });
    const files = await output("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT);
    const list = `${folder}.list`;
    await Deno.writeTextFile(list, files.text);
    const copied = await output("sh", ["-c", `tar -c --null -T '${list}' | tar -x -C '${folder}'`], ROOT);
    await Deno.remove(list);
    if (copied.code !== 0) throw new Error(copied.text);
    const scratch = new Scratch(folder, await foundBefore());
    await scratch.#build();
    return scratch;
  }

  async try(mutant: Mutant): Promise<Outcome> {
    // Whether the seeds hold without it is not asked here: it would take as long again. It begins with the seed that is
    // known to find it: how soon others do is what `--simulate` asks, on a machine that does nothing else.
    if (mutant.kills.includes(SIMULATION)) {
      return (await this.simulate(mutant, this.#foundBefore.get(mutant.name) ?? FIRST_SEED)).outcome;
    }
    const key = mutant.kills.join(" ");
    if (!this.#sound.has(key)) this.#sound.set(key, await this.#passes(mutant.kills));
    if (!this.#sound.get(key)) return "tests fail without it";
    return await this.#with(mutant, async () => await this.#passes(mutant.kills) ? "lived" : "killed") ??
      "does not apply";
  }

  /** Has the simulation search for a mutant. */
  async simulate(mutant: Mutant, seed: number): Promise<Found> {
    const found = await this.#with(mutant, async (): Promise<Found> => {
      const seeds = ["--seed", String(seed), "--seconds", String(SIMULATED_S)];
      const args = ["task", "-q", "simulate", "--quick", ...seeds];
      const { text } = await output(Deno.execPath(), args, this.#folder);
      const how = foundIn(text);
      return how === undefined
        ? { outcome: "lived", how: text.trim().split("\n").at(-1) ?? "" }
        : { outcome: "killed", how };
    });
    return found ?? { outcome: "does not apply", how: "" };
  }

  /** Does something while a mutant is in force; undefined when its patch does not apply. */
  async #with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T | undefined> {
    const patch = (...options: string[]) => output("git", ["apply", ...options, mutant.path], this.#folder);
    if ((await patch()).code !== 0) return undefined;
    const built = mutant.changes.some((file) => file.startsWith("wasm/") || file.startsWith("src/console/"));
    try {
      if (built) await this.#build();
      return await work();
    } finally {
      await patch("--reverse");
      if (built) await this.#build();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #build(): Promise<void> {
    const { code, text } = await output(Deno.execPath(), ["task", "-q", "build"], this.#folder);
    if (code !== 0) throw new Error(`the scratch copy cannot be built: ${text}`);
  }

  async #passes(tests: readonly string[]): Promise<boolean> {
    const rights = TEST_RIGHTS.map((right) => `--allow-${right}`);
    const { code } = await output(
      Deno.execPath(),
      ["test", "--quiet", "--no-check", "--parallel", ...rights, ...tests],
      this.#folder,
      TEST_LIMIT_MS,
    );
    return code === 0;
  }
}

async function output(
  program: string,
  args: readonly string[],
  cwd: string,
  limitMs?: number,
): Promise<{ code: number; text: string }> {
  const signal = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
  const env = { NO_COLOR: "1", CI: "" };
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], cwd, signal, env })
    .output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      minutes: { type: "string" },
      seed: { type: "string" },
      simulate: { type: "boolean" },
      record: { type: "boolean" },
    },
  });
  const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const end = Date.now() + Number(values.minutes ?? Infinity) * 60_000;
  const all = (await mutants()).filter(({ simulated }) => simulated || !values.simulate);
  const wanted = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
  const chosen = values.minutes === undefined ? wanted : shuffled(wanted, seed);
  console.log(`${chosen.length} mutants${values.minutes === undefined ? "" : `, seed ${seed}`}`);
  const outcomes = new Map<Outcome, number>();
  const lines: Record<string, string> = {};
  await using scratch = await Scratch.make();
  let longest = 0;
  for (const mutant of chosen) {
    // The next one may take as long as the longest so far.
    const began = Date.now();
    if (began + longest > end) break;
    const { outcome, how } = values.simulate
      ? await scratch.simulate(mutant, Number(values.seed ?? FIRST_SEED))
      : { outcome: await scratch.try(mutant), how: mutant.what };
    longest = Math.max(longest, Date.now() - began);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    lines[mutant.name] = outcome === "killed" ? how : outcome;
    console.log(
      `${outcome === "killed" ? "killed " : outcome.toUpperCase()}  ${mutant.name}: ${how}`,
    );
  }
  const killed = outcomes.get("killed") ?? 0;
  const tried = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${killed} of ${tried} killed; ${all.length - tried} not tried`);
  if (values.record) {
    const by = values.simulate ? BY_SIMULATION : "tests";
    await noteRun("mutants", { by, tried, killed, planted: lines });
  }
  if (killed < tried || tried === 0) Deno.exitCode = 1;
}
