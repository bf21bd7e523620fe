import type { Rollable } from "./roll.ts";
import type { Shell } from "./shell.ts";

export const ENVIRONMENTS = ["dev", "prod"] as const;
export type Environment = typeof ENVIRONMENTS[number];

/** One image a role, by the names of the registry, the chart and Jenkins. */
export const ROLES = ["producer", "stream", "consumer", "notifier", "control"] as const;

/** Where everything is in Kubernetes, and where AWS is. */
export const NAMESPACE = "stock";
export const RELEASE = "stock";
export const REGION = "ap-northeast-2";
/** The cluster's name: var.name of infra/modules/platform. */
export const CLUSTER = "stock";

/** What `terraform output` says of an environment. */
export interface Outputs {
  readonly cluster_name: string;
  readonly kafka_bootstrap: string;
  readonly influxdb_url: string;
  readonly repository_urls: Readonly<Record<string, string>>;
  readonly secret_arns: Readonly<Record<string, string>>;
  readonly uses_lambda: boolean;
  readonly dkim_tokens: readonly string[];
  readonly mail_feedback_topic: string;
  /** Of the Lambda; null when the cluster mails. */
  readonly ledger_table: string | null;
  readonly console_url: string | null;
  /** Whether brokers speak TLS and want to know who asks. */
  readonly kafka_tls: boolean;
  /** The brokers' addresses by name. */
  readonly kafka_nodes: Readonly<Record<string, string>>;
  readonly instance_ids: Readonly<Record<string, string>>;
  /** The topic that calls people. */
  readonly pages_topic: string;
  /** How many it calls. */
  readonly pages_receivers: number;
}

/** Where the market comes from. */
export const FEEDS = ["kis", "simulator"] as const;
export type Feed = typeof FEEDS[number];

/** What is deployed where, and what is known of it. */
export interface Deployment {
  readonly environment: Environment;
  /** The project's folder. */
  readonly root: string;
  /** infra/environments/ENV */
  readonly folder: string;
  readonly account: string;
  /** The account whose registry Jenkins takes images from. */
  readonly registryAccount: string;
  readonly mailFrom: string;
  /** The sender in SES: a domain or one address. */
  readonly mailIdentity: string;
  /** The feed that terraform.tfvars names; undefined (dev alone): KIS when there are its keys, else the simulator. */
  readonly feed: Feed | undefined;
  /** Zip of the Lambda; empty when the cluster mails. */
  readonly lambdaBundle: string;
  /** Is called every minute while Prometheus and Alertmanager work; empty: nobody notices when they do not. */
  readonly heartbeat: string;
  /** Records without a seal are believed too: for the one deployment after which they are adopted. */
  readonly acceptUnsealed: boolean;
  /** The commit that images are built from and tagged with. */
  readonly commit: string;
  /** docker, podman or buildah: what builds images here. */
  readonly builder: string;
  /** Secrets that get a new value. */
  readonly rotate: readonly string[];
  /** Machines that are made anew, one at a time. */
  readonly roll: Rollable | undefined;
  /** Whether what destroys or replaces something is agreed to; false also where nobody can be asked. */
  agrees(question: string): boolean;
  readonly shell: Shell;
  say(line: string): void;
}

/** The state's bucket, as infra/bootstrap names it. */
export function stateBucket(account: string): string {
  return `tickbell-state-${account}`;
}

/** The folder of files that only this machine needs: kubeconfig, plan. Not in Git. */
export function workFolder(deployment: Pick<Deployment, "folder">): string {
  return `${deployment.folder}/.deploy`;
}
