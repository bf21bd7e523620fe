import type { Shell } from "../deploy/shell.ts";

/**
 * Packages the chart under the version and pushes it beside the images.
 *
 * @returns where Helm finds it: oci://…
 */
export async function pushChart(
  shell: Shell,
  { root, registry, version, insecure }: {
    readonly root: string;
    readonly registry: string;
    readonly version: string;
    readonly insecure: boolean;
  },
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-chart-" });
  try {
    const remedy = "Helm's own message says why; helm registry login HOST comes first.";
    const words = ["package", `${root}/helm/stock-app`, "--destination", folder];
    await shell.run("helm", [...words, "--version", version, "--app-version", version], remedy);
    const target = `oci://${registry}/charts`;
    const plain = insecure ? ["--plain-http"] : [];
    await shell.run("helm", ["push", `${folder}/stock_app-${version}.tgz`, target, ...plain], remedy);
    return `${target}/stock_app`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
