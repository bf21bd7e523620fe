import { findProgram, partsFolder } from "./part.ts";

/** One file that cloud-init writes. */
export interface InstanceFile {
  readonly path: string;
  readonly permissions: string;
  readonly content: string;
}

/** The files of a `#cloud-config` that is JSON, as Terraform makes it here. */
export function filesOf(userData: string): readonly InstanceFile[] {
  const [head, ...rest] = userData.split("\n");
  if (head !== "#cloud-config") {
    throw new Error(`user data begins with ${head}, and cloud-init would not read it`);
  }
  return (JSON.parse(rest.join("\n")) as { write_files: InstanceFile[] }).write_files;
}

/** Why instances cannot be tried on this machine, or undefined. */
export async function missingChroot(): Promise<string | undefined> {
  if (Deno.uid() !== 0) return "Only root may make a chroot over this machine's files.";
  for (const program of ["unshare", "chroot", "jq", "curl"]) {
    if (await findProgram(program) === undefined) {
      return `${program} is needed (Debian's util-linux, coreutils, jq, curl).`;
    }
  }
  return undefined;
}

/** Why Terraform's templates cannot be rendered on this machine, or undefined. */
export async function missingTerraform(): Promise<string | undefined> {
  if (await findProgram(`${partsFolder()}/bin/terraform`) !== undefined) return undefined;
  return `${partsFolder()}/bin/terraform is needed: see CONTRIBUTING.md, "Real parts for tests".`;
}

const rendered = new Map<string, Promise<Record<string, unknown>>>();

/**
 * Applies one module of infra/ to the stand-in of the AWS provider, once for the same settings.
 *
 * @returns its outputs.
 */
export function renderModule(name: string, settings: string): Promise<Record<string, unknown>> {
  const key = `${name}\n${settings}`;
  const known = rendered.get(key) ?? render(name, settings);
  rendered.set(key, known);
  return known;
}

/** What cloud-init does on the price store's instance. */
export async function priceStoreUserData(): Promise<string> {
  const settings = `  account_id = "123456789012"
  vpc_id = "vpc-1"
  subnet_id = "subnet-1"
  client_cidr_blocks = ["10.100.100.0/24"]
  instance_profile = "influxdb"
  kms_key_arn = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
  secret_arn = "arn:secret:stock/influxdb"
`;
  return (await renderModule("influxdb", settings)).user_data as string;
}

async function render(name: string, settings: string): Promise<Record<string, unknown>> {
  const infra = new URL("../../infra", import.meta.url).pathname;
  const folder = await Deno.makeTempDir({ prefix: "tickbell-render-" });
  try {
    // A copy: modules call their neighbours, and Terraform lets none of them out of the package it came from.
    const copied = await new Deno.Command("cp", { args: ["-R", `${infra}/modules`, folder] }).output();
    if (!copied.success) throw new Error(new TextDecoder().decode(copied.stderr));
    const outputs = 'output "all" {\n  value = module.it\n}\n';
    await Deno.writeTextFile(
      `${folder}/main.tf`,
      `module "it" {\n  source = "./modules/${name}"\n${settings}}\n${outputs}`,
    );
    for (const args of [["init"], ["apply", "-auto-approve", "-input=false"]]) await terraform(folder, args);
    return JSON.parse(await terraform(folder, ["output", "-json"])).all.value;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function terraform(cwd: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(`${partsFolder()}/bin/terraform`, {
    args: [...args, "-no-color"],
    cwd,
    env: { TF_CLI_CONFIG_FILE: `${partsFolder()}/terraformrc` },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/**
 * A made-up instance: this machine's files with changes of its own on top, and stand-ins for what an instance has and this
 * machine has not. What a script does to it is gone afterwards.
 */
export class Instance implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes cloud-init's files and the stand-ins, each a shell script that is called as `$call`.
   * Whatever they are called with is written down.
   */
  static async boot(
    files: readonly InstanceFile[],
    standIns: Readonly<Record<string, string>>,
  ): Promise<Instance> {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-instance-" });
    for (const name of ["up", "work", "root"]) await Deno.mkdir(`${folder}/${name}`);
    const instance = new Instance(folder);
    for (const file of files) {
      await instance.write(file.path, file.content, Number.parseInt(file.permissions, 8));
    }
    for (const [name, body] of Object.entries(standIns)) {
      await instance.write(
        `/opt/stand-ins/${name}`,
        `#!/bin/bash\ncall="${name} $*"\necho "$call" >> /calls\n${body}\n`,
        0o755,
      );
    }
    await instance.write("/calls", "", 0o666);
    return instance;
  }

  /** Runs a script as root of the instance. */
  async run(...args: string[]): Promise<{ code: number; text: string }> {
    const script = [
      `mount -t overlay overlay -o lowerdir=/,upperdir=${this.#folder}/up,workdir=${this.#folder}/work ${this.#folder}/root`,
      `mount --bind /proc ${this.#folder}/root/proc`,
      `mount -t tmpfs none ${this.#folder}/root/dev`,
      `mknod -m 666 ${this.#folder}/root/dev/null c 1 3`,
      `mknod -m 666 ${this.#folder}/root/dev/urandom c 1 9`,
      // Without it Java makes its seeds of the jitter of threads: eight seconds a start.
      `mknod -m 666 ${this.#folder}/root/dev/random c 1 8`,
      // A block device that nothing opens: the stand-ins answer for it.
      `mknod ${this.#folder}/root/dev/sdb b 7 250`,
      `ln -s /proc/self/fd ${this.#folder}/root/dev/fd`,
      `exec chroot ${this.#folder}/root /usr/bin/env PATH=/opt/stand-ins:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin "$@"`,
    ].join(" && ");
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "bash", "-c", script, "bash", ...args],
    }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** Where a file of the instance is on this machine, once something has written it. */
  path(path: string): string {
    return `${this.#folder}/up${path}`;
  }

  /** A file of the instance. */
  read(path: string): Promise<string> {
    return Deno.readTextFile(this.path(path));
  }

  /** What the stand-ins were called with, in order. */
  async calls(): Promise<string[]> {
    return (await this.read("/calls")).trim().split("\n").filter(Boolean);
  }

  async write(path: string, content: string, mode: number): Promise<void> {
    const whole = this.path(path);
    await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(whole, content);
    await Deno.chmod(whole, mode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
