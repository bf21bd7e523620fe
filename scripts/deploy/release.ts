import { addonsFor, OPERATOR_PROMETHEUS, renderRelease } from "./addons.ts";
import {
  type Deployment,
  type Feed,
  NAMESPACE,
  type Outputs,
  REGION,
  RELEASE,
  workFolder,
} from "./deployment.ts";
import { forgetKilled } from "./pending.ts";
import { startRoles } from "./roles.ts";
import { DeployError, type RunResult } from "./shell.ts";
import { KAFKA_USERS } from "./broker_secrets.ts";
import type { SecretValue } from "./secret_value.ts";
import type { SeriesTokens } from "./series_tokens.ts";

/** The cluster's address and log-in, in a file of this deployment's own: the user's kubeconfig stays as it is. */
export async function enterCluster(
  deployment: Deployment,
  outputs: Pick<Outputs, "cluster_name">,
): Promise<string> {
  const path = `${workFolder(deployment)}/kubeconfig`;
  await Deno.mkdir(workFolder(deployment), { recursive: true });
  await deployment.shell.run(
    "aws",
    ["eks", "update-kubeconfig", "--name", outputs.cluster_name, "--region", REGION, "--kubeconfig", path],
    "You need eks:DescribeCluster.",
  );
  deployment.shell.setEnv("KUBECONFIG", path);
  await deployment.shell.run(
    "kubectl",
    ["get", "--raw", "/readyz"],
    "The cluster's API does not answer. Is your address in admin_cidr_blocks, and your role the creator's or in admin_role_arns?",
  );
  return outputs.cluster_name;
}

/** Disks for pods that ask for none in particular. Since Kubernetes 1.30 EKS has no such class of its own. */
const STORAGE_CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "ebs.csi.aws.com",
  parameters: { type: "gp3", encrypted: "true" },
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};

/** The brokers' users that run as pods. */
const POD_USERS = KAFKA_USERS.filter((user) => user !== "lambda");

/** Where each token of the prices goes. */
const SERIES_SECRETS = [
  ["influx", NAMESPACE, "consumer"],
  ["influx-control", NAMESPACE, "control"],
  ["influx-setup", NAMESPACE, "setup"],
  ["influx", "monitoring", "reader"],
] as const;

/** Disks, namespaces with Pod Security, and the secrets that the pods mount. */
export async function prepareNamespaces(
  deployment: Deployment,
  values: Readonly<Record<string, SecretValue>>,
  series: SeriesTokens,
): Promise<string> {
  const objects: unknown[] = [
    STORAGE_CLASS,
    namespaceOf(NAMESPACE, "restricted"),
    namespaceOf("monitoring", "restricted"),
  ];
  const add = (name: string, namespace: string, data: SecretValue | undefined) => {
    if (data !== undefined) objects.push(secretOf(name, namespace, data));
  };
  const { api, webhook, links, log, kis, grafana, kafka } = values;
  for (const [name, namespace, user] of SERIES_SECRETS) add(name, namespace, { token: series[user] });
  add("api", NAMESPACE, api && { key: api.key as string });
  add("log", NAMESPACE, log && { secret: log.secret as string });
  add(
    "notifier",
    NAMESPACE,
    webhook && links && {
      "webhook-secret": webhook.secret as string,
      "link-secret": links.secret as string,
    },
  );
  add(
    "kis",
    NAMESPACE,
    kis && { "app-keys": kis.appKeys as string, "app-secrets": kis.appSecrets as string },
  );
  add("grafana", "monitoring", grafana);
  if (kafka !== undefined) {
    add("kafka-authority", NAMESPACE, { "ca.crt": kafka.authority as string });
    for (const user of POD_USERS) {
      add(`kafka-${user}`, NAMESPACE, { username: user, password: kafka[user] as string });
    }
  }
  await applyObjects(deployment, objects);
  return `${objects.length} objects`;
}

async function applyObjects(deployment: Deployment, items: readonly unknown[]): Promise<void> {
  await deployment.shell.run(
    "kubectl",
    ["apply", "--server-side", "--force-conflicts", "--field-manager=deploy", "-f", "-"],
    "Your role in the cluster must be an administrator's.",
    { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) },
  );
}

/** Makes the topics before the first role starts; new brokers may still be installing, so it is tried for a while. */
export async function makeTopics(deployment: Deployment, valuesFiles: readonly string[]): Promise<string> {
  const job = ["--show-only", "templates/topics-job.yaml"];
  const manifest = await renderRelease(deployment, [...job, ...valuesArguments(valuesFiles)]);
  const attempts = 4;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await kubectl(deployment, ["delete", "job", "topics", "--ignore-not-found", "--wait=true"]);
    await deployment.shell.run(
      "kubectl",
      ["-n", NAMESPACE, "apply", "-f", "-"],
      "Look at the Job's description.",
      {
        input: manifest,
      },
    );
    const done = await kubectl(deployment, [
      "wait",
      "--for=condition=complete",
      "job/topics",
      "--timeout=300s",
    ]);
    if (done.code === 0) return "as they should be";
    const { stdout } = await kubectl(deployment, ["logs", "job/topics", "--tail=1"]);
    const why = stdout.trim() === "" ? "" : `: ${stdout.trim()}`;
    deployment.say(
      `  topics: not yet (${attempt} of ${attempts}); new brokers take some minutes to install${why}`,
    );
  }
  const logs = await kubectl(deployment, ["logs", "job/topics", "--tail=5"]);
  throw new DeployError(
    `The topics could not be made: ${logs.stdout.trim() || logs.stderr.trim()}`,
    "Look at the brokers: docs/deployment/runbooks.md#kafka-down. When a topic differs from what is wanted, the message names it.",
  );
}

/** Installs or upgrades the chart; what does not come up within ten minutes goes back. */
export async function upgradeRelease(
  deployment: Deployment,
  valuesFiles: readonly string[],
): Promise<string> {
  await forgetKilled(deployment, RELEASE, NAMESPACE);
  await deployment.shell.run(
    "helm",
    [
      "upgrade",
      RELEASE,
      `${deployment.root}/helm/stock-app`,
      "--install",
      "--namespace",
      NAMESPACE,
      ...valuesArguments(valuesFiles),
      "--rollback-on-failure",
      // Jenkins owns the image field of dev's Deployments between two deployments.
      "--force-conflicts",
      "--timeout",
      "10m",
      "--history-max",
      "20",
    ],
    `Everything is back as it was. See why: kubectl -n ${NAMESPACE} get events --sort-by=.lastTimestamp; then docs/deployment/runbooks.md#upgrade-failed.`,
    { shown: true },
  );
  const started = await startRoles(deployment);
  for (const [secret, roles] of Object.entries(RESTARTED)) {
    if (!deployment.rotate.includes(secret)) continue;
    for (const role of roles) await kubectl(deployment, ["rollout", "restart", `deployment/${role}`]);
  }
  if (deployment.rotate.includes("log")) await adoptSeals(deployment);
  const again = started.length === 0 ? "" : `; ${started.join(", ")} had no pods, and has them again`;
  return `release ${RELEASE} in namespace ${NAMESPACE}${again}`;
}

/** What the former secret sealed is sealed anew, so that the next rotation may forget it. */
async function adoptSeals(deployment: Deployment): Promise<void> {
  const remedy = "Both secrets are believed. Run docs/deployment/rotation.md's command for seals by hand.";
  const control = ["-n", NAMESPACE, "rollout", "status", "deployment/control", "--timeout=300s"];
  await deployment.shell.run("kubectl", control, remedy);
  const seal = ["-n", NAMESPACE, "exec", "deployment/control", "--", "tickbell", "topics", "seal"];
  await deployment.shell.run("kubectl", seal, remedy, { shown: true });
}

/** Grafana and Prometheus with our dashboards and alert rules; the operator's Prometheus where the manifests are for it. */
export async function upgradeMonitoring(
  deployment: Deployment,
  outputs: Outputs,
  manifests: string,
): Promise<string> {
  const operator = addonsFor(manifests).some((addon) => addon.name === "kube-prometheus-stack");
  const values = {
    influxdb: { url: outputs.influxdb_url, existingSecret: "influx" },
    grafana: { existingSecret: "grafana" },
    alertmanager: {
      snsTopic: outputs.pages_receivers > 0 ? outputs.pages_topic : "",
      heartbeat: deployment.heartbeat,
    },
    prometheus: operator ? { enabled: false, url: OPERATOR_PROMETHEUS } : { namespace: NAMESPACE },
  };
  const path = await writeValues(deployment, "monitoring.json", values);
  await forgetKilled(deployment, "monitoring", "monitoring");
  await deployment.shell.run(
    "helm",
    [
      "upgrade",
      "monitoring",
      `${deployment.root}/helm/monitoring`,
      "--install",
      "--namespace",
      "monitoring",
      ...valuesArguments([path]),
      "--rollback-on-failure",
      "--timeout",
      "10m",
    ],
    "The application runs without it. See why: kubectl -n monitoring get events --sort-by=.lastTimestamp.",
    { shown: true },
  );
  if (deployment.rotate.some((name) => ["influxdb", "grafana"].includes(name))) {
    const restart = ["-n", "monitoring", "rollout", "restart", "deployment/grafana"];
    await deployment.shell.run(
      "kubectl",
      restart,
      "Grafana goes on with the old values until it is restarted.",
    );
  }
  return "Grafana and Prometheus in namespace monitoring";
}

/** Jenkins on the cluster, with its credentials. Slack's are taken from the environment when they are there. */
export async function installJenkins(
  deployment: Deployment,
  values: Readonly<Record<string, SecretValue>>,
): Promise<string> {
  if (values.jenkins === undefined) return "left alone: there is no secret jenkins";
  const remedy = "See why: kubectl -n jenkins get events --sort-by=.lastTimestamp.";
  const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=deploy"];
  await deployment.shell.run("kubectl", [...apply, "-k", `${deployment.root}/infra/jenkins`], remedy);
  const origin = await deployment.shell.try("git", ["remote", "get-url", "origin"], { cwd: deployment.root });
  const credentials = secretOf("jenkins-credentials", "jenkins", {
    ...values.jenkins,
    // Each environment's Jenkins follows one branch; prod's deploys what dev's has built and tested.
    flow: deployment.environment === "prod" ? "main" : "develop",
    ecrNumber: deployment.registryAccount,
    repository: Deno.env.get("TICKBELL_DEPLOY_REPOSITORY") ?? httpsOf(origin.stdout.trim()),
    slackTeam: Deno.env.get("TICKBELL_DEPLOY_SLACK_TEAM") ?? "",
    slackToken: Deno.env.get("TICKBELL_DEPLOY_SLACK_TOKEN") ?? "",
  });
  await deployment.shell.run("kubectl", [...apply, "-f", "-"], remedy, {
    input: JSON.stringify(credentials),
  });
  return "namespace jenkins";
}

/**
 * A clone's remote as Jenkins can read it: it has no key for git@….
 *
 *     httpsOf("git@github.com:you/tickbell.git") // "https://github.com/you/tickbell.git"
 */
export function httpsOf(remote: string): string {
  const ssh = /^(?:ssh:\/\/)?git@([^:/]+)(?::\d+)?[:/](.+)$/.exec(remote);
  return ssh === null ? remote : `https://${ssh[1]}/${ssh[2]}`;
}

/** The values files of a release: the environment's own, then what Terraform knows. */
export async function valuesOf(
  deployment: Deployment,
  outputs: Outputs,
  secrets: Readonly<Record<string, SecretValue>>,
): Promise<string[]> {
  const found = await writeValues(deployment, "values.json", releaseValues(deployment, outputs, secrets));
  return [`${deployment.folder}/values.yaml`, found];
}

/**
 * Where the market comes from: as terraform.tfvars says, else KIS when there are its keys.
 *
 * @throws {DeployError} when it is to be KIS and there are no keys.
 */
export function feedOf(
  deployment: Pick<Deployment, "feed">,
  secrets: Readonly<Record<string, SecretValue>>,
): Feed {
  const keys = secrets.kis !== undefined;
  if (deployment.feed === "kis" && !keys) {
    throw new DeployError(
      "The feed is to be KIS, but there are no keys of it",
      "Set TICKBELL_KIS_APP_KEYS and TICKBELL_KIS_APP_SECRETS and run the same command again; they go into Secrets Manager.",
    );
  }
  return deployment.feed ?? (keys ? "kis" : "simulator");
}

/** How the chart's roles reach brokers that want to know who asks: each by its own credentials. */
const SIGNED_IN = {
  tls: true,
  saslMechanism: "SCRAM-SHA-512",
  caSecret: "kafka-authority",
  allowRoles: true,
  roleSecrets: Object.fromEntries(POD_USERS.map((user) => [user, `kafka-${user}`])),
};

/** What the chart is given besides infra/environments/ENV/values.yaml. */
function releaseValues(
  deployment: Pick<Deployment, "account" | "acceptUnsealed" | "commit" | "mailFrom" | "feed">,
  outputs: Outputs,
  secrets: Readonly<Record<string, SecretValue>>,
): Record<string, unknown> {
  return {
    global: {
      ecrNumber: deployment.account,
      kafka_broker_address: outputs.kafka_bootstrap,
      image: { tag: deployment.commit },
      kafka: {
        hosts: outputs.kafka_bootstrap.split(",").map((broker) => broker.replace(/:\d+$/, "")),
        ...(outputs.kafka_tls ? SIGNED_IN : {}),
      },
      logSecret: { existingSecret: "log", acceptUnsealed: deployment.acceptUnsealed },
    },
    producer: {
      source: feedOf(deployment, secrets),
      existingSecret: secrets.kis === undefined ? "" : "kis",
    },
    consumer: {
      influxDBUrl: outputs.influxdb_url,
      existingSecret: "influx",
      readSecret: "influx-control",
      setupSecret: "influx-setup",
    },
    control: {
      existingSecret: "api",
      sesTopics: [outputs.mail_feedback_topic],
      consoleUrl: outputs.console_url ?? "",
      lambdaTable: outputs.ledger_table ?? "",
    },
    notifier: { enabled: !outputs.uses_lambda, mailFrom: deployment.mailFrom, existingSecret: "notifier" },
  };
}

/** What reads a rotated secret and has to be started anew. */
const RESTARTED: Readonly<Record<string, readonly string[]>> = {
  api: ["control"],
  webhook: ["notifier"],
  links: ["notifier", "control"],
  log: ["stream", "notifier", "control"],
  kafka: ["producer", "stream", "consumer", "notifier", "control"],
  authority: ["producer", "stream", "consumer", "notifier", "control"],
  influxdb: ["consumer", "control"],
};

async function writeValues(deployment: Deployment, name: string, values: unknown): Promise<string> {
  const path = `${workFolder(deployment)}/${name}`;
  await Deno.mkdir(workFolder(deployment), { recursive: true });
  await Deno.writeTextFile(path, `${JSON.stringify(values, null, 2)}\n`);
  return path;
}

function kubectl(deployment: Deployment, args: readonly string[]): Promise<RunResult> {
  return deployment.shell.try("kubectl", ["-n", NAMESPACE, ...args]);
}

/** How helm is given values files. */
export function valuesArguments(files: readonly string[]): string[] {
  return files.flatMap((file) => ["--values", file]);
}

function namespaceOf(name: string, security: string): unknown {
  const labels = { "pod-security.kubernetes.io/enforce": security, "app.kubernetes.io/part-of": "tickbell" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function secretOf(name: string, namespace: string, data: SecretValue): unknown {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "Opaque",
    stringData: data,
  };
}
