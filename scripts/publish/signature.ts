import type { Shell } from "../deploy/shell.ts";

/** Signs an image by a key and attests the bill of materials of the sources it is built from. */
export async function signImage(
  shell: Shell,
  { image, key, insecure, root }: {
    readonly image: string;
    readonly key: string;
    readonly insecure: boolean;
    readonly root: string;
  },
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-sbom-" });
  try {
    const sbom = `${folder}/sbom.cdx.json`;
    const remedy = "cosign must be on PATH, and COSIGN_PASSWORD set for a key that has one.";
    const making = ["run", "--quiet", "--allow-read", `--allow-write=${sbom}`, "scripts/sbom.ts", sbom];
    await shell.run(Deno.execPath(), making, "scripts/sbom.ts reads deno.lock.", { cwd: root });
    const registry = insecure ? ["--allow-insecure-registry"] : [];
    // No transparency log: the key is who publishes.
    const sign = ["--yes", "--key", key, "--tlog-upload=false", ...registry, "--recursive"];
    await shell.run("cosign", ["sign", ...sign, image], remedy);
    const attest = sign.filter((word) => word !== "--recursive");
    await shell.run(
      "cosign",
      ["attest", ...attest, "--type", "cyclonedx", "--predicate", sbom, image],
      remedy,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
