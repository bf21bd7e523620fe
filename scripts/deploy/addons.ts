import { CLUSTER, type Deployment, NAMESPACE, REGION, RELEASE } from "./deployment.ts";
import { forgetKilled } from "./pending.ts";

/** A chart of somebody else's that ours counts on, when its values ask for what it brings. */
export interface Addon {
  /** Name of the release and of the chart. */
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  readonly namespace: string;
  /** What in our manifests needs it. */
  readonly wanted: RegExp;
  /** What kubectl finds when something brings it already. */
  readonly sign: readonly string[];
  readonly settings: readonly string[];
}

/**
 * Versions are exact, are those that the tests have rendered and installed (tests/parts/deployment_addons_test.ts), and are raised
 * here: docs/deployment/upgrade.md. They are not Terraform's because its Helm provider needs
 * the cluster's address when it plans, so that an empty account could not be planned at all.
 */
export const ADDONS: readonly Addon[] = [
  {
    name: "keda",
    repository: "https://kedacore.github.io/charts",
    version: "2.20.2",
    namespace: "keda",
    wanted: /^apiVersion: keda\.sh\//m,
    sign: ["get", "crd", "scaledobjects.keda.sh"],
    settings: [],
  },
  {
    // More pods need more nodes. Its rights are bound to this name by Terraform (infra/modules/platform).
    name: "cluster-autoscaler",
    repository: "https://kubernetes.github.io/autoscaler",
    version: "9.59.0",
    namespace: "kube-system",
    wanted: /^apiVersion: keda\.sh\//m,
    sign: [
      "get",
      "serviceaccount",
      "cluster-autoscaler",
      "--namespace=kube-system",
      "--ignore-not-found",
      "-o",
      "name",
    ],
    settings: [
      `autoDiscovery.clusterName=${CLUSTER}`,
      `awsRegion=${REGION}`,
      // The chart brings the image that its own RBAC fits: with another tag a healthy pod never scales.
      "rbac.serviceAccount.name=cluster-autoscaler",
    ],
  },
  {
    name: "kube-prometheus-stack",
    repository: "https://prometheus-community.github.io/helm-charts",
    version: "88.4.0",
    namespace: "monitoring",
    wanted: /^apiVersion: monitoring\.coreos\.com\//m,
    sign: ["get", "crd", "servicemonitors.monitoring.coreos.com"],
    // The operator and a Prometheus that takes every ServiceMonitor and rule; Grafana and Alertmanager are helm/monitoring's.
    settings: [
      "fullnameOverride=operator",
      "grafana.enabled=false",
      "alertmanager.enabled=false",
      "prometheus.prometheusSpec.alertingEndpoints[0].name=alertmanager",
      "prometheus.prometheusSpec.alertingEndpoints[0].namespace=monitoring",
      "prometheus.prometheusSpec.alertingEndpoints[0].port=http",
      "prometheus.prometheusSpec.alertingEndpoints[0].apiVersion=v2",
      "nodeExporter.enabled=false",
      "kubeStateMetrics.enabled=false",
      // EKS runs these where nobody can scrape them: their rules would page for ever.
      "kubeControllerManager.enabled=false",
      "kubeScheduler.enabled=false",
      "kubeProxy.enabled=false",
      "kubeEtcd.enabled=false",
      "prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec.resources.requests.storage=50Gi",
      // A full disk is the end of all alerts: the oldest metrics go before it.
      "prometheus.prometheusSpec.retentionSize=40GB",
      "prometheus.prometheusSpec.serviceMonitorSelectorNilUsesHelmValues=false",
      "prometheus.prometheusSpec.ruleSelectorNilUsesHelmValues=false",
    ],
  },
  {
    name: "traefik",
    repository: "https://traefik.github.io/charts",
    version: "41.3.0",
    namespace: "traefik",
    wanted: /^kind: Ingress$/m,
    sign: ["get", "ingressclass", "--output=name"],
    settings: [
      // Nobody types a key over a line that others read.
      "ports.web.http.redirections.entryPoint.to=websecure",
      "ports.web.http.redirections.entryPoint.scheme=https",
      "ports.web.http.redirections.entryPoint.permanent=true",
    ],
  },
];

/** Where the operator's Prometheus answers. */
export const OPERATOR_PROMETHEUS = "http://operator-prometheus.monitoring.svc:9090";

/** The chart's manifests with these arguments: what would be applied. */
export async function renderRelease(
  deployment: Deployment,
  valuesArguments: readonly string[],
): Promise<string> {
  return await deployment.shell.run(
    "helm",
    [
      "template",
      RELEASE,
      `${deployment.root}/helm/stock-app`,
      "--namespace",
      NAMESPACE,
      ...valuesArguments,
    ],
    "The chart and its values do not fit; helm's message names the key.",
  );
}

/** The add-ons that these manifests need. */
export function addonsFor(manifests: string): readonly Addon[] {
  return ADDONS.filter((addon) => addon.wanted.test(manifests));
}

/**
 * Installs or upgrades what the manifests need; what somebody else brought is left alone.
 *
 * @returns what was done, in words.
 */
export async function installAddons(deployment: Deployment, manifests: string): Promise<string> {
  const said: string[] = [];
  for (const addon of addonsFor(manifests)) {
    if (await isForeign(deployment, addon)) {
      said.push(`${addon.name} is there and not ours`);
      continue;
    }
    await forgetKilled(deployment, addon.name, addon.namespace);
    await deployment.shell.run(
      "helm",
      addonArguments(addon),
      `See why: kubectl -n ${addon.namespace} get events --sort-by=.lastTimestamp. Or install ${addon.name} your own way, or turn ` +
        "off in the environment's values.yaml what asks for it: docs/deployment/scaling.md.",
      { shown: true },
    );
    said.push(`${addon.name} ${addon.version}`);
  }
  return said.length === 0 ? "the values ask for none" : said.join(", ");
}

/** The words of helm that install or upgrade an add-on: by default from its repository. */
export function addonArguments(addon: Addon, chart?: string): string[] {
  const source = chart === undefined ? ["--repo", addon.repository, "--version", addon.version] : [];
  const settings = addon.settings.flatMap((setting) => ["--set", setting]);
  const place = ["--namespace", addon.namespace, "--create-namespace"];
  return [
    ...["upgrade", addon.name, chart ?? addon.name, "--install", ...source, ...place, ...settings],
    ...["--rollback-on-failure", "--timeout", "10m"],
  ];
}

/** Whether what the add-on brings is in the cluster, and not by a release of this program. */
async function isForeign(deployment: Deployment, addon: Addon): Promise<boolean> {
  const there = await deployment.shell.try("kubectl", addon.sign);
  if (there.code !== 0 || there.stdout.trim() === "") return false;
  const ours = await deployment.shell.try("helm", ["status", addon.name, "--namespace", addon.namespace]);
  return ours.code !== 0;
}
