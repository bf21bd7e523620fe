import { expect } from "expect";

const ROOT = new URL("..", import.meta.url);

/** Where images that are not ours are named; ours are named by commit, under a tag that the registry never moves. */
const PLACES = [
  "Dockerfile",
  "infra/jenkins/agent.yaml",
  "infra/jenkins/manifests/deployment.yaml",
  "helm/monitoring/values.yaml",
];

Deno.test("every image from outside that the deployment runs or builds on is pinned by digest", async () => {
  const loose: string[] = [];
  let pinned = 0;
  for (const place of PLACES) {
    const text = await Deno.readTextFile(new URL(place, ROOT));
    for (
      const [image] of text.matchAll(/\b(?:docker\.io|gcr\.io|ghcr\.io|quay\.io|public\.ecr\.aws)\/[^\s"']+/g)
    ) {
      if (/^[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image)) pinned++;
      else loose.push(`${place}: ${image}`);
    }
  }
  expect(loose).toEqual([]);
  expect(pinned).toBe(9);
});

Deno.test("Deno's checksum is chosen by the machine that the image is for, and another one stops the build", async () => {
  const dockerfile = await Deno.readTextFile(new URL("Dockerfile", ROOT));
  const line = /^RUN (\[.*sha256sum.*\])$/m.exec(dockerfile)?.[1] as string;
  const folder = await Deno.makeTempDir({ prefix: "tickbell-pins-" });
  try {
    const [target, builders] = [`${folder}/target`, `${folder}/builders`];
    await Deno.writeTextFile(target, "of arm64\n");
    await Deno.writeTextFile(builders, "of amd64\n");
    await Deno.writeTextFile(`${folder}/uname`, "#!/bin/sh\necho x86_64\n", { mode: 0o755 });
    const [shell, flag, script] = JSON.parse(line) as [string, string, string];
    const files = script.replaceAll("/target/deno", target).replaceAll("/usr/local/bin/deno", builders);
    const check = async (machine: string, amd64 = builders) => {
      const { success, stdout } = await new Deno.Command(shell, {
        args: [flag, files],
        env: {
          PATH: `${folder}:${Deno.env.get("PATH")}`,
          TARGETARCH: machine,
          DENO_SHA256_AMD64: await sha256(amd64),
          DENO_SHA256_ARM64: await sha256(target),
        },
        stderr: "null",
      }).output();
      return { success, said: new TextDecoder().decode(stdout) };
    };
    expect((await check("arm64")).success).toBe(true);
    expect((await check("amd64")).success).toBe(false);
    // The one that builds.
    expect((await check("arm64", target)).success).toBe(false);
    expect(await check("riscv64")).toEqual({ success: false, said: "no Deno for riscv64\n" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("images, chart and compose have V8 take the container's memory for its own, not the machine's", async () => {
  for (const place of ["Dockerfile", "helm/stock-app/templates/_helpers.tpl", "compose.yaml"]) {
    expect(await Deno.readTextFile(new URL(place, ROOT))).toMatch(/DENO_USE_CGROUPS(=1|, value: "1"|: "1")/);
  }
});

Deno.test("the images of Deno are of one version", async () => {
  const texts = await Promise.all(PLACES.slice(0, 2).map((place) => Deno.readTextFile(new URL(place, ROOT))));
  const versions = texts.flatMap((text) =>
    [...text.matchAll(/denoland\/deno:(?:bin|debian)-([\d.]+)/g)].map((match) => match[1])
  );
  expect(versions.length).toBe(2);
  expect(new Set(versions).size).toBe(1);
});

async function sha256(file: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(file))).toHex();
}
