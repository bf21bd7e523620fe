import { DeployError, type Shell } from "../deploy/shell.ts";

/** What builds images for several machines. docker needs its buildx. */
export type Builder = "docker" | "podman" | "buildah";

/** @throws {DeployError} when there is none. */
export async function builderOf(shell: Shell): Promise<Builder> {
  if ((await shell.try("docker", ["buildx", "version"])).code === 0) return "docker";
  for (const name of ["podman", "buildah"] as const) {
    if ((await shell.try(name, ["--version"])).code === 0) return name;
  }
  throw new DeployError(
    "No builder of images is on PATH",
    "Install docker with buildx, podman or buildah, any of them.",
  );
}

export interface ImagePush {
  readonly builder: Builder;
  readonly root: string;
  readonly role: string;
  readonly image: string;
  readonly version: string;
  readonly revision: string;
  readonly platforms: readonly string[];
  readonly buildArgs: readonly string[];
  readonly insecure: boolean;
}

/**
 * What an image says of its origin, as words of any builder. Not as arguments of the Dockerfile: buildah takes a label from its
 * cache though the argument in it has changed.
 */
export function labelsOf({ version, revision }: Pick<ImagePush, "version" | "revision">): string[] {
  const labels = { version, revision, created: new Date().toISOString() };
  return Object.entries(labels).map(([name, value]) => `--label=org.opencontainers.image.${name}=${value}`);
}

/**
 * Says which machine builds: the Dockerfile does there what is the same for every machine. docker knows it by itself, others only
 * in newer versions.
 */
export function builderArgs(builder: string): string[] {
  const machine = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  return builder === "docker" ? [] : [`--build-arg=BUILDPLATFORM=linux/${machine}`];
}

/** The Dockerfile with one role's stage, its last: some versions of buildah label the last stage, whichever is built. */
export async function withStage<T>(
  root: string,
  role: string,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const whole = await Deno.readTextFile(`${root}/Dockerfile`);
  const file = await Deno.makeTempFile({ prefix: "tickbell-dockerfile-" });
  try {
    const stages = /^FROM runtime AS (\w+)\nCMD .*\n*/gm;
    await Deno.writeTextFile(file, whole.replace(stages, (stage, name) => name === role ? stage : ""));
    return await work(file);
  } finally {
    await Deno.remove(file);
  }
}

/** Builds a role's image for each machine and pushes them under one name. */
export async function pushImage(shell: Shell, push: ImagePush): Promise<void> {
  const { builder, root, role, image, insecure } = push;
  const platforms = `--platform=${push.platforms.join(",")}`;
  const args = [
    ...builderArgs(builder),
    ...push.buildArgs.map((arg) => `--build-arg=${arg}`),
    ...labelsOf(push),
  ];
  const shown = { cwd: root, shown: true };
  const remedy = "The build's own message above says why. --platform builds for the named machines alone.";
  if (builder === "docker") {
    const words = [
      "buildx",
      "build",
      platforms,
      `--target=${role}`,
      ...args,
      `--tag=${image}`,
      "--push",
      ".",
    ];
    await shell.run("docker", words, remedy, shown);
    return;
  }
  // What an earlier, failed run left would be pushed along.
  await shell.try(builder, ["manifest", "rm", image]);
  await withStage(root, role, async (file) => {
    const words = ["build", platforms, `--file=${file}`, ...args, `--manifest=${image}`, "."];
    await shell.run(builder, words, remedy, shown);
  });
  const verify = `--tls-verify=${!insecure}`;
  const words = ["manifest", "push", "--all", verify, image, `docker://${image}`];
  await shell.run(builder, words, `Log in first: ${builder} login ${image.split("/")[0]}`, shown);
}
