/**
 * Ships Tickbell to AWS: infrastructure, secrets, images, topics, charts, a smoke test. Runs again at any time: what is done
 * is found done. Stops at the first failure and says what to do.
 *
 *     deno task deploy --env dev --plan      shows everything, changes nothing
 *     deno task deploy --env dev
 *     deno task deploy --env prod --rotate api
 *     deno task deploy --env prod --roll kafka
 *
 * @module
 */
import { addonsFor, installAddons, renderRelease } from "./deploy/addons.ts";
import { type Deployment, type Feed, NAMESPACE, type Outputs } from "./deploy/deployment.ts";
import { buildImages, missingImages } from "./deploy/images.ts";
import { applyInfrastructure, makeStateBucket, planInfrastructure } from "./deploy/infrastructure.ts";
import { preflight } from "./deploy/preflight.ts";
import {
  enterCluster,
  feedOf,
  installJenkins,
  makeTopics,
  prepareNamespaces,
  upgradeMonitoring,
  upgradeRelease,
  valuesArguments,
  valuesOf,
} from "./deploy/release.ts";
import { Report } from "./deploy/report.ts";
import { moveBrokers, roll, ROLLABLE, type Rollable } from "./deploy/roll.ts";
import { endOldTokens, rotateOnInstances } from "./deploy/rotation.ts";
import { seriesTokens } from "./deploy/series_tokens.ts";
import type { SecretValue } from "./deploy/secret_value.ts";
import { fillSecrets, noteMoved, ROTATABLE } from "./deploy/secrets.ts";
import { DeployError } from "./deploy/shell.ts";
import { smokeTest } from "./deploy/smoke.ts";
import { readWords } from "./deploy/words.ts";

const USAGE = `Usage: deno task deploy --env dev|prod [--plan] [--yes] [--rotate ${
  ROTATABLE.join("|")
}] [--roll ${ROLLABLE.join("|")}]`;

const FEED_WORDS: Readonly<Record<Feed, string>> = {
  kis: "Korea Investment & Securities",
  simulator: "the simulator: a made-up market, whose alerts are mailed all the same",
};

if (import.meta.main) {
  Deno.exit(await main(Deno.args, (line) => console.log(line), (question) => prompt(question) ?? ""));
}

/** @returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function main(
  words: readonly string[],
  say: (line: string) => void,
  ask: (question: string) => string,
): Promise<number> {
  if (words.includes("--help")) {
    say(USAGE);
    return 0;
  }
  const read = readWords(words, ["--plan", "--rotate", "--roll", "--yes"]);
  if (typeof read === "string") {
    say(`${read}\n${USAGE}`);
    return 2;
  }
  const unknown = read.rotate.find((name) => !(ROTATABLE as readonly string[]).includes(name));
  if (unknown !== undefined) {
    say(`${unknown} cannot be rotated by this command: see docs/deployment/rotation.md\n${USAGE}`);
    return 2;
  }
  if (read.roll !== undefined && !(ROLLABLE as readonly string[]).includes(read.roll)) {
    say(`${read.roll} cannot be rolled\n${USAGE}`);
    return 2;
  }
  const root = read.root ?? new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  const report = new Report(say);
  try {
    const agrees = (question: string) => read.switches.has("--yes") || ask(question).trim() === "yes";
    const machines = read.roll as Rollable | undefined;
    const options = { environment: read.environment, root, rotate: read.rotate, roll: machines, agrees, say };
    const deployment = await report.step("preflight", async () => {
      const found = await preflight(options);
      return [
        found,
        `account ${found.account}, commit ${found.commit.slice(0, 12)}, images by ${found.builder}`,
      ];
    });
    if (read.switches.has("--plan")) await plan(deployment, report);
    else await deploy(deployment, report);
    return 0;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    report.failed(error);
    return 1;
  }
}

async function plan(deployment: Deployment, report: Report): Promise<void> {
  await report.step("infrastructure", async () => [undefined, await planInfrastructure(deployment)]);
  await report.step("images", async () => {
    const missing = await missingImages(deployment);
    return [undefined, missing.length === 0 ? "none to build" : `would build and push ${missing.join(", ")}`];
  });
  await report.step("release", async () => {
    const manifests = await renderPlanned(deployment);
    const addons = addonsFor(manifests).map(({ name, version }) => `${name} ${version}`);
    if (addons.length > 0) {
      deployment.say(`   would install ${addons.join(", ")}, unless the cluster has them`);
    }
    const kinds = [...manifests.matchAll(/^kind: (\w+)$/gm)].map((match) => match[1] as string);
    return [undefined, `would apply ${kinds.length} objects: ${counted(kinds)}`];
  });
  report.done(
    `This was a plan: nothing was changed. deno task deploy --env ${deployment.environment} does it.`,
  );
}

/** What the chart would be made of, with addresses that only Terraform knows made up. */
function renderPlanned(deployment: Deployment): Promise<string> {
  const planned = "global.kafka_broker_address=planned:9092,consumer.influxDBUrl=http://planned:8086";
  return renderRelease(deployment, [
    ...valuesArguments([`${deployment.folder}/values.yaml`]),
    "--set",
    `${planned},consumer.existingSecret=influx`,
  ]);
}

async function deploy(deployment: Deployment, report: Report): Promise<void> {
  await report.step("chart", async () => {
    await renderPlanned(deployment);
    return [undefined, "the environment's values fit"];
  });
  await report.step("state", async () => [undefined, await makeStateBucket(deployment)]);
  let outputs = await report.step("infrastructure", async (): Promise<[Outputs, string]> => {
    const found = await applyInfrastructure(deployment);
    return [found, `cluster ${found.cluster_name}, brokers ${found.kafka_bootstrap}`];
  });
  const { values: secrets, hadTls } = await report.step("secrets", async () => {
    const filled = await fillSecrets(deployment, outputs);
    return [filled, filled.said];
  });
  await report.step("images", async () => [undefined, await buildImages(deployment, outputs)]);
  await report.step("cluster", async () => [undefined, await enterCluster(deployment, outputs)]);
  const rotated = await rotateInstances(deployment, outputs, { report, secrets });
  const series = await report.step("tokens", async () => {
    const { tokens, said } = await seriesTokens(deployment, outputs);
    return [tokens, said];
  });
  await report.step(
    "namespaces",
    async () => [undefined, await prepareNamespaces(deployment, secrets, series)],
  );
  if (deployment.roll !== undefined) {
    outputs = await rollMachines(deployment, { outputs, report, machines: deployment.roll, hadTls });
  }
  const files = await valuesOf(deployment, outputs, secrets);
  const manifests = await report.step("add-ons", async () => {
    const found = await renderRelease(deployment, valuesArguments(files));
    return [found, await installAddons(deployment, found)];
  });
  await report.step("topics", async () => [undefined, await makeTopics(deployment, files)]);
  await report.step("release", async () => [undefined, await upgradeRelease(deployment, files)]);
  await report.step(
    "monitoring",
    async () => [undefined, await upgradeMonitoring(deployment, outputs, manifests)],
  );
  if (rotated.oldTokens !== undefined) {
    const { oldTokens } = rotated;
    await report.step(
      "old tokens",
      async () => [undefined, await endOldTokens(deployment, outputs, oldTokens)],
    );
  }
  await report.step("jenkins", async () => [undefined, await installJenkins(deployment, secrets)]);
  await report.step("smoke test", async () => {
    const { api, grafana } = secrets;
    const logIn = grafana && { user: grafana.user as string, password: grafana.password as string };
    return [
      undefined,
      await smokeTest(deployment, {
        key: api?.key as string,
        grafana: logIn,
        receivers: outputs.pages_receivers,
      }),
    ];
  });
  report.done(nextSteps(deployment, outputs, feedOf(deployment, secrets)));
}

/** What instances themselves have to do for a new secret. */
async function rotateInstances(
  deployment: Deployment,
  outputs: Outputs,
  { report, secrets }: { readonly report: Report; readonly secrets: Record<string, SecretValue> },
): Promise<{ readonly oldTokens: string | undefined }> {
  if (!deployment.rotate.some((name) => ["kafka", "brokers", "authority", "influxdb"].includes(name))) {
    return { oldTokens: undefined };
  }
  return await report.step("rotation", async () => {
    const { influxdb, oldTokens, said } = await rotateOnInstances(deployment, outputs);
    if (influxdb !== undefined) secrets.influxdb = influxdb;
    return [{ oldTokens }, said];
  });
}

/** Makes machines anew, and has Terraform know them: alarms are of an instance. */
async function rollMachines(
  deployment: Deployment,
  { outputs, report, machines, hadTls }: {
    readonly outputs: Outputs;
    readonly report: Report;
    readonly machines: Rollable;
    /** Whether the brokers spoke TLS before this deployment. */
    readonly hadTls: boolean;
  },
): Promise<Outputs> {
  const moves = machines === "kafka" && outputs.kafka_tls && !hadTls;
  await report.step("roll", async () => [
    undefined,
    moves ? await moveBrokers(deployment, outputs) : await roll(deployment, outputs, machines),
  ]);
  if (moves) await noteMoved(deployment, outputs);
  return await report.step("infrastructure", async (): Promise<[Outputs, string]> => [
    await applyInfrastructure(deployment),
    "knows the new machines",
  ]);
}

function nextSteps(deployment: Deployment, outputs: Outputs, feed: Feed): string {
  const kubeconfig = `${deployment.folder}/.deploy/kubeconfig`;
  const lines = [
    `Tickbell ${deployment.commit.slice(0, 12)} runs on ${deployment.environment}, fed by ${
      FEED_WORDS[feed]
    }.`,
    `  console:  KUBECONFIG=${kubeconfig} kubectl -n ${NAMESPACE} port-forward service/control 8000:80`,
    `  its key:  aws secretsmanager get-secret-value --secret-id ${outputs.secret_arns.api} --query SecretString --output text`,
    `  Grafana:  KUBECONFIG=${kubeconfig} kubectl -n monitoring port-forward service/grafana 3000:3000`,
  ];
  if (outputs.dkim_tokens.length > 0) {
    lines.push(
      `  DNS:      add CNAME records ${
        outputs.dkim_tokens.map((token) => `${token}._domainkey`).join(", ")
      } (docs/deployment/first-deployment.md, "Mail")`,
    );
  }
  return lines.join("\n");
}

function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}
