/**
 * Bundles the notifier's Lambda: `dist/lambda/index.mjs`, and `dist/lambda/notifier.zip` for Terraform.
 *
 *     deno task lambda
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { zip } from "./zip.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * Ways to credentials that a function never takes (a person's profiles and sign-ons): the SDK loads them only when
 * asked, and they are not bundled.
 */
const NOT_IN_LAMBDA = ["sso", "ini", "process", "login"].map((way) => `@aws-sdk/credential-provider-${way}`);

/** What the SDK's older modules load Node's own modules with: an ES module has no `require` by itself. */
const REQUIRE =
  'import{createRequire as tickbellRequire}from"node:module";const require=tickbellRequire(import.meta.url);';

/** What was built. Sizes in bytes. */
export interface LambdaBundle {
  readonly module: string;
  readonly archive: string;
  readonly moduleBytes: number;
  readonly archiveBytes: number;
}

/** @throws {Error} with the bundler's words when it fails. */
export async function buildLambda(folder = `${ROOT}dist/lambda`): Promise<LambdaBundle> {
  await Deno.mkdir(folder, { recursive: true });
  const module = `${folder}/index.mjs`;
  const externals = NOT_IN_LAMBDA.flatMap((name) => ["--external", name]);
  const { success, stderr } = await new Deno.Command("deno", {
    args: ["bundle", "--quiet", "--minify", ...externals, "--output", module, `${ROOT}src/cli/lambda.ts`],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`the Lambda cannot be bundled: ${new TextDecoder().decode(stderr)}`);
  const bytes = new TextEncoder().encode(REQUIRE + await Deno.readTextFile(module));
  await Deno.writeFile(module, bytes);
  const archive = `${folder}/notifier.zip`;
  const packed = zip({ "index.mjs": bytes });
  await Deno.writeFile(archive, packed);
  return { module, archive, moduleBytes: bytes.length, archiveBytes: packed.length };
}

if (import.meta.main) {
  const { archive, moduleBytes, archiveBytes } = await buildLambda();
  const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`;
  console.log(`${archive}: ${kib(archiveBytes)} packed, ${kib(moduleBytes)} unpacked`);
}
