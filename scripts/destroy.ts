/**
 * Takes dev down again: the releases with their disks, then all of Terraform's. The state's bucket stays. Prod is refused.
 *
 *     deno task destroy --env dev
 *
 * @module
 */
import { ADDONS } from "./deploy/addons.ts";
import { CLUSTER, NAMESPACE, RELEASE } from "./deploy/deployment.ts";
import { destroyInfrastructure, hasStateBucket } from "./deploy/infrastructure.ts";
import { preflight } from "./deploy/preflight.ts";
import { enterCluster } from "./deploy/release.ts";
import { Report } from "./deploy/report.ts";
import { DeployError } from "./deploy/shell.ts";
import { readWords } from "./deploy/words.ts";

const USAGE = "Usage: deno task destroy --env dev [--yes]";

if (import.meta.main) {
  Deno.exit(await main(Deno.args, (line) => console.log(line), (question) => prompt(question) ?? ""));
}

/** @returns the exit code: 0 done, 1 failed or not confirmed, 2 wrong use. */
export async function main(
  words: readonly string[],
  say: (line: string) => void,
  ask: (question: string) => string,
): Promise<number> {
  const read = readWords(words, ["--yes"]);
  if (typeof read === "string") {
    say(`${read}\n${USAGE}`);
    return 2;
  }
  if (read.environment !== "dev") {
    say(
      'Only dev can be destroyed by this command. For prod follow docs/deployment/upgrade.md, "Taking prod down".',
    );
    return 2;
  }
  const question = "This deletes dev: Kafka's and InfluxDB's data, images, backups. Write dev to go on:";
  if (!read.switches.has("--yes") && ask(question).trim() !== "dev") {
    say("Nothing was changed.");
    return 1;
  }
  const root = read.root ?? new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  const report = new Report(say);
  try {
    const deployment = await report.step("preflight", async () => {
      const found = await preflight({
        environment: "dev",
        root,
        rotate: [],
        roll: undefined,
        agrees: () => true,
        say,
      });
      return [found, `account ${found.account}`];
    });
    if (!await hasStateBucket(deployment)) {
      report.done("There is no state, so there is nothing to destroy.");
      return 0;
    }
    await report.step("releases", async () => {
      // Not asked of Terraform: a destroy that ended half-way has taken its outputs away, and perhaps the cluster.
      const words = ["eks", "describe-cluster", "--name", CLUSTER, "--output", "json"];
      const there = await deployment.shell.try("aws", words);
      if (there.code !== 0 && there.stderr.includes("ResourceNotFoundException")) {
        return [undefined, "went with the cluster"];
      }
      await enterCluster(deployment, { cluster_name: CLUSTER });
      // The add-ons too: the load balancer that an Ingress brought would stay, and keep the VPC from going.
      const addons = ADDONS.map(({ name, namespace }) => [name, namespace] as const);
      const releases = [[RELEASE, NAMESPACE], ...addons, ["monitoring", "monitoring"]] as const;
      for (const [release, namespace] of releases) {
        const words = ["uninstall", release, "--namespace", namespace, "--ignore-not-found", "--wait"];
        await deployment.shell.try("helm", words, { shown: true });
      }
      // Disks were made by the cluster, not by Terraform: they would stay and cost.
      const waiting = ["--wait=true", "--timeout=180s"];
      for (const namespace of [NAMESPACE, "monitoring"]) {
        const words = ["-n", namespace, "delete", "persistentvolumeclaim", "--all", ...waiting];
        await deployment.shell.try("kubectl", words, { shown: true });
      }
      const jenkins = ["delete", "-k", `${root}/infra/jenkins`, "--ignore-not-found", ...waiting];
      await deployment.shell.try("kubectl", jenkins, { shown: true });
      return [undefined, "uninstalled, with their disks"];
    });
    await report.step("infrastructure", async () => {
      await destroyInfrastructure(deployment);
      return [undefined, "destroyed"];
    });
    report.done(
      "dev is gone. The state's bucket stays: it has the versions of the state and costs next to nothing.",
    );
    return 0;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    report.failed(error);
    return 1;
  }
}
