/** A control group with a memory limit, as a container has: version 2 of Linux's, or 1 where the memory controller is still there. */

const ROOT = "/sys/fs/cgroup";

/** How the two versions name the same. */
const VERSIONS = {
  one: {
    folder: `${ROOT}/memory`,
    limit: "memory.limit_in_bytes",
    peak: "memory.max_usage_in_bytes",
    kills: "memory.oom_control",
  },
  two: { folder: ROOT, limit: "memory.max", peak: "memory.peak", kills: "memory.events" },
} as const;

type Version = typeof VERSIONS[keyof typeof VERSIONS];

/** Why there can be none on this machine; undefined: there can. */
export async function missingMemoryGroup(): Promise<string | undefined> {
  try {
    await using _ = await MemoryGroup.make(64 * 1024 * 1024);
    return undefined;
  } catch (error) {
    return `Control groups cannot be made here (root, a cgroup file system that is writable): ${error}`;
  }
}

export class MemoryGroup implements AsyncDisposable {
  readonly #folder: string;
  readonly #version: Version;

  private constructor(folder: string, version: Version) {
    this.#folder = folder;
    this.#version = version;
  }

  /** @param limit Bytes. */
  static async make(limit: number): Promise<MemoryGroup> {
    const second = await sh(`[ ! -e ${ROOT}/cgroup.controllers ] || echo yes`) !== "";
    const version = second ? VERSIONS.two : VERSIONS.one;
    const folder = `${version.folder}/tickbell-test-${crypto.randomUUID()}`;
    if (second) await sh(`echo +memory > ${ROOT}/cgroup.subtree_control`);
    await sh(`mkdir ${folder} && echo ${limit} > ${folder}/${version.limit} || { rmdir ${folder}; exit 1; }`);
    return new MemoryGroup(folder, version);
  }

  /** A command that runs in it from its first moment. */
  command(program: string, args: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
    const join = `echo $$ > ${this.#folder}/cgroup.procs && exec "$0" "$@"`;
    return new Deno.Command("sh", { ...options, args: ["-c", join, program, ...args] });
  }

  /** The most memory that it had at once, bytes. */
  async peak(): Promise<number> {
    return Number(await sh(`cat ${this.#folder}/${this.#version.peak}`));
  }

  /** How many of its processes the kernel killed. */
  async killed(): Promise<number> {
    return Number(/^oom_kill (\d+)$/m.exec(await sh(`cat ${this.#folder}/${this.#version.kills}`))?.[1]);
  }

  /** What ran in it has ended before; it leaves its group a moment later. */
  async [Symbol.asyncDispose](): Promise<void> {
    await sh(`for try in $(seq 100); do rmdir ${this.#folder} && exit 0; sleep 0.02; done; exit 1`);
  }
}

/** The shell's, because Deno opens no file of the kernel's without every right. */
async function sh(script: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return new TextDecoder().decode(stdout).trim();
}
