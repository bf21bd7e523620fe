/**
 * Builds the images of all roles for amd64 and arm64 and the chart, pushes them to any registry of OCI, and signs them.
 *
 *     deno task publish --registry registry.example.com/tickbell
 *     deno task publish --registry ghcr.io/you --key cosign.key
 *     helm install stock oci://registry.example.com/tickbell/charts/stock_app --version 1.0.0 --set global.image.registry=…
 *
 * @module
 */
import deno from "../deno.json" with { type: "json" };
import { ROLES } from "./deploy/deployment.ts";
import { builderOf, pushImage } from "./publish/image.ts";
import { pushChart } from "./publish/chart.ts";
import { signImage } from "./publish/signature.ts";
import { readPublishWords } from "./publish/words.ts";
import { Report } from "./deploy/report.ts";
import { DeployError, Shell } from "./deploy/shell.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, (line) => console.log(line)));

/** @returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function main(words: readonly string[], say: (line: string) => void): Promise<number> {
  const read = readPublishWords(words);
  if (typeof read === "string") {
    say(read);
    return 2;
  }
  const report = new Report(say);
  const shell = new Shell(say);
  const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  const version = read.version ?? deno.version;
  const { registry, insecure, platforms, buildArgs } = read;
  try {
    const builder = await report.step("builder", async () => {
      const found = await builderOf(shell);
      return [found, found];
    });
    const revision = (await shell.try("git", ["rev-parse", "HEAD"], { cwd: root })).stdout.trim() ||
      "unknown";
    const images = await report.step("images", async () => {
      const pushed: string[] = [];
      for (const role of read.roles.length > 0 ? read.roles : ROLES) {
        const image = `${read.registry}/stock/${role}:${version}`;
        await pushImage(shell, {
          builder,
          root,
          role,
          image,
          version,
          revision,
          platforms,
          buildArgs,
          insecure,
        });
        pushed.push(image);
      }
      return [pushed, `${pushed.length} for ${read.platforms.join(", ")}`];
    });
    await report.step("signatures", async () => [undefined, await signAll(shell, images, { root, ...read })]);
    const chart = await report.step("chart", async () => {
      const pushed = await pushChart(shell, { root, version, registry, insecure });
      return [pushed, pushed];
    });
    report.done(
      `Install it: helm install stock ${chart} --version ${version} --set global.image.registry=${read.registry} --values YOURS.yaml\n` +
        "What the values must say: docs/deployment/anywhere.md.",
    );
    return 0;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    report.failed(error);
    return 1;
  }
}

async function signAll(
  shell: Shell,
  images: readonly string[],
  options: { readonly key: string | undefined; readonly insecure: boolean; readonly root: string },
): Promise<string> {
  const { key, insecure, root } = options;
  if (key === undefined) return "NOT SIGNED: no --key was given";
  for (const image of images) await signImage(shell, { image, key, insecure, root });
  return `${images.length} images signed, their bill of materials attested`;
}
