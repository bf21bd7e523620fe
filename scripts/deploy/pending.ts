import type { Deployment } from "./deployment.ts";
import { DeployError } from "./shell.ts";

/** Helm gives up after ten minutes: what began earlier has nobody who works on it. */
const WORKED_ON_MS = 15 * 60_000;

interface Status {
  readonly version: number;
  readonly info: { readonly status: string; readonly last_deployed: string };
}

/**
 * Forgets an installation or upgrade that was killed: Helm takes it for going on, and refuses every other one. The release as
 * it was before is what the next one starts from, and what was made already is taken up by it.
 *
 * @throws {DeployError} when somebody may be at it just now, and nobody says that there is nobody.
 */
export async function forgetKilled(
  deployment: Deployment,
  release: string,
  namespace: string,
): Promise<void> {
  const asked = await deployment.shell.try("helm", [
    "status",
    release,
    "--namespace",
    namespace,
    "-o",
    "json",
  ]);
  if (asked.code !== 0 || asked.stdout.trim() === "") return;
  const { version, info } = JSON.parse(asked.stdout) as Status;
  if (!info.status.startsWith("pending-")) return;
  const ageMs = Date.now() - new Date(info.last_deployed).getTime();
  const said = `Helm's ${info.status.slice("pending-".length)} of ${release} began ${
    Math.floor(ageMs / 60_000)
  } minutes ago and has not ended`;
  if (ageMs < WORKED_ON_MS && !deployment.agrees(`${said}. Is nobody else deploying? Write yes:`)) {
    throw new DeployError(
      said,
      "Wait for whoever is deploying. When it was killed: run the same command again and write yes, or later than a quarter of an hour after it.",
    );
  }
  deployment.say(`   ${said}: it was killed, and is forgotten`);
  const record = `sh.helm.release.v1.${release}.v${version}`;
  await deployment.shell.run(
    "kubectl",
    ["-n", namespace, "delete", "secret", record],
    "You must administer the cluster.",
  );
}
