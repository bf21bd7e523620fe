/**
 * The Kafka cluster of infra/ on this machine: three real brokers from the files that Terraform renders, each on an address of
 * loopback of its own, with certificates and passwords that the deployment's own code makes. The scripts of a node run in a
 * chroot with stand-ins for AWS and for Kafka's shell wrappers, which start the real tools.
 */
import { Kafka, logLevel } from "kafkajs";
import { brokerSecrets, KAFKA_USERS } from "../../scripts/deploy/broker_secrets.ts";
import type { SecretValue } from "../../scripts/deploy/secret_value.ts";
import { Shell } from "../../scripts/deploy/shell.ts";
import { filesOf, Instance, type InstanceFile, renderModule } from "./instance.ts";
import { startKafka } from "./kafka_broker.ts";
import { partsFolder } from "./part.ts";
import { until } from "./until.ts";

const KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/test";
const LIBRARY = `${partsFolder()}/kafka-4.3.1/lib`;
const JAVA = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", `${LIBRARY}/*`];
const TOOLS: Readonly<Record<string, string>> = {
  "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
  "kafka-configs.sh": "kafka.admin.ConfigCommand",
  "kafka-metadata-quorum.sh": "org.apache.kafka.tools.MetadataQuorumCommand",
};

/** What Terraform makes of module kafka. */
export interface RenderedKafka {
  readonly user_data: Readonly<Record<string, string>>;
  readonly cluster_id: string;
  readonly node_ips: Readonly<Record<string, string>>;
}

/** Module kafka with these addresses. */
export async function renderKafka(ips: readonly string[], more = ""): Promise<RenderedKafka> {
  const settings = `  vpc_id = "vpc-1"
  subnet_ids = ["subnet-1"]
  broker_ips = ${JSON.stringify(ips)}
  client_cidr_blocks = ["10.100.100.0/24"]
  instance_profile = "kafka"
  kafka_sha512 = ""
  secret_arn = "arn:secret:stock/kafka"
  kms_key_arn = "${KEY}"
${more}`;
  return await renderModule("kafka", settings) as unknown as RenderedKafka;
}

/** A file of a node by its path. */
function fileOf(files: readonly InstanceFile[], path: string): string {
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`${path} is not among the files of cloud-init`);
  return file.content;
}

/** A node: its files in a chroot, its broker a process of this machine. */
interface Node {
  readonly instance: Instance;
  readonly properties: string;
  broker: Deno.ChildProcess;
}

export class SecureCluster implements AsyncDisposable {
  /** Brokers as clients reach them: `host:port`. */
  readonly bootstrap: string;
  /** PEM file of the authority. */
  readonly caFile: string;
  /** The passwords by user. */
  readonly passwords: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #nodes: readonly Node[];
  readonly #ips: Readonly<Record<string, string>>;
  /** As Secrets Manager has them. */
  #secrets: ReadonlyMap<string, SecretValue>;

  private constructor(
    folder: string,
    nodes: readonly Node[],
    made: {
      bootstrap: string;
      passwords: Readonly<Record<string, string>>;
      ips: Readonly<Record<string, string>>;
      secrets: ReadonlyMap<string, SecretValue>;
    },
  ) {
    this.#ips = made.ips;
    this.#secrets = made.secrets;
    this.#folder = folder;
    this.#nodes = nodes;
    this.bootstrap = made.bootstrap;
    this.passwords = made.passwords;
    this.caFile = `${folder}/ca.pem`;
  }

  static async start(): Promise<SecureCluster> {
    if (!await Deno.stat(LIBRARY).then(() => true, () => false)) await (await startKafka(1)).stop();
    const network = `127.${byte()}.${byte()}`;
    const ips = [1, 2, 3].map((id) => `${network}.${id}`);
    const rendered = await renderKafka(ips);
    const folder = await Deno.makeTempDir({ prefix: "tickbell-quorum-" });
    const deployment = { shell: new Shell(() => {}), rotate: [], roll: undefined };
    const outputs = { kafka_tls: true, kafka_nodes: rendered.node_ips };
    const secrets = await brokerSecrets(deployment, outputs, new Map());
    const { kafka = {} } = secrets;
    await Deno.writeTextFile(`${folder}/ca.pem`, kafka.authority as string);
    const passwords = Object.fromEntries(KAFKA_USERS.map((user) => [user, kafka[user] as string]));
    const secret = JSON.stringify(kafka);
    const nodes: Node[] = [];
    const cluster = new SecureCluster(folder, nodes, {
      bootstrap: ips.map((ip) => `${ip}:9092`).join(","),
      passwords,
      ips: rendered.node_ips,
      secrets: new Map(Object.entries(secrets)),
    });
    try {
      const boots = await Promise.allSettled(
        Object.values(rendered.user_data).map((text, index) =>
          cluster.#boot(index, text, { secret, cluster_id: rendered.cluster_id })
        ),
      );
      for (const boot of boots) if (boot.status === "fulfilled") nodes.push(boot.value);
      for (const boot of boots) if (boot.status === "rejected") throw boot.reason;
      // Their own tools would wait a minute for brokers that do not listen yet.
      for (const hostname of ips) await listening(hostname);
    } catch (thrown) {
      await cluster[Symbol.asyncDispose]();
      throw thrown;
    }
    return cluster;
  }

  async #boot(
    index: number,
    userData: string,
    { secret, cluster_id }: { secret: string; cluster_id: string },
  ): Promise<Node> {
    const files = filesOf(userData);
    const instance = await Instance.boot(files, {
      aws: `case "$call" in "aws secretsmanager get-secret-value"*) cat /secret;; esac`,
      chgrp: "",
      install: 'mkdir -p "${@: -1}"',
    });
    await instance.write("/secret", secret, 0o600);
    for (const [script, main] of Object.entries(TOOLS)) {
      const line = ["java", ...JAVA.map((word) => `'${word}'`), main, '"$@"'].join(" ");
      await instance.write(
        `/opt/kafka/bin/${script}`,
        `#!/bin/bash\necho "$*" >> /kafka-calls\nexec ${line}\n`,
        0o755,
      );
    }
    const certificate = await instance.run("/usr/local/sbin/kafka-certificate");
    if (certificate.code !== 0) throw new Error(certificate.text);
    // The two folders that are elsewhere here, nothing else of what was rendered.
    const properties = `${this.#folder}/${index + 1}.properties`;
    await Deno.writeTextFile(
      properties,
      fileOf(files, "/etc/kafka/server.properties")
        .replace("log.dirs=/data/kafka", `log.dirs=${this.dataFolder(index)}`)
        .replaceAll("/etc/kafka/tls", instance.path("/etc/kafka/tls")),
    );
    const format = ["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", properties];
    const { success, stdout, stderr } = await new Deno.Command("java", { args: [...JAVA, ...format] })
      .output();
    if (!success) throw new Error(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
    return { instance, properties, broker: this.#spawn(properties) };
  }

  /** New secrets of the brokers, as `deploy --rotate WORDS` makes them: nodes take them up when they start. */
  async rotate(...words: string[]): Promise<void> {
    const deployment = { shell: new Shell(() => {}), rotate: words, roll: undefined };
    const outputs = { kafka_tls: true, kafka_nodes: this.#ips };
    const secrets = await brokerSecrets(deployment, outputs, this.#secrets);
    this.#secrets = new Map(Object.entries(secrets));
    for (const { instance } of this.#nodes) {
      await instance.write("/secret", JSON.stringify(secrets.kafka), 0o600);
    }
    await Deno.writeTextFile(this.caFile, secrets.kafka?.authority as string);
  }

  /** Restarts nodes together, as systemd does, and waits until every replica is in sync. */
  async restart(...indexes: number[]): Promise<void> {
    await Promise.all(indexes.map(async (index) => {
      await this.end(index, "SIGTERM");
      const { code, text } = await this.run(index, "/usr/local/sbin/kafka-certificate");
      if (code !== 0) throw new Error(text);
      this.again(index);
    }));
    await until(() => this.replicated(), "the restarted nodes to be in sync", 60_000);
  }

  #spawn(properties: string): Deno.ChildProcess {
    const args = ["-c", 'out=$1; shift; exec java "$@" >>"$out" 2>&1', "java", `${properties}.log`];
    return new Deno.Command("sh", { args: [...args, ...JAVA, "kafka.Kafka", properties], stdin: "null" })
      .spawn();
  }

  /** The folder of a node's data volume. */
  dataFolder(index: number): string {
    return `${this.#folder}/data-${index + 1}`;
  }

  /** A script of a node, run there. */
  async run(index: number, ...args: string[]): Promise<{ code: number; text: string }> {
    return await this.#node(index).instance.run(...args);
  }

  /** Ends a node's broker: SIGTERM as systemd does, or SIGKILL as a lost machine. */
  async end(index: number, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const { broker } = this.#node(index);
    broker.kill(signal);
    await broker.status;
  }

  /** Starts a node's broker again, on what its data folder has. */
  again(index: number): void {
    const node = this.#node(index);
    node.broker = this.#spawn(node.properties);
  }

  /**
   * A snapshot of a node's data volume as EBS takes one: all of it at one moment, while the node goes on after it.
   *
   * @returns its folder.
   */
  async snapshot(index: number): Promise<string> {
    const { broker } = this.#node(index);
    const folder = `${this.#folder}/snapshot-${index + 1}`;
    broker.kill("SIGSTOP");
    try {
      await copy(this.dataFolder(index), folder);
    } finally {
      broker.kill("SIGCONT");
    }
    return folder;
  }

  /** A node's data volume made of a snapshot. */
  async restore(index: number, snapshot: string): Promise<void> {
    await Deno.remove(this.dataFolder(index), { recursive: true });
    await copy(snapshot, this.dataFolder(index));
  }

  /** Whether every replica of every topic is in sync, as a client sees it. */
  async replicated(): Promise<boolean> {
    const admin = new Kafka({
      brokers: this.bootstrap.split(","),
      ssl: { ca: await Deno.readTextFile(this.caFile) },
      sasl: { mechanism: "scram-sha-512", username: "topics", password: this.passwords.topics as string },
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    }).admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata();
      const partitions = topics.flatMap((topic) => topic.partitions);
      return partitions.length > 0 && partitions.every(({ isr }) => isr.length === 3);
    } catch {
      // A broker that is on its way; the wait has an end.
      return false;
    } finally {
      await admin.disconnect();
    }
  }

  /** The last lines that a node's broker wrote. */
  async said(index: number): Promise<string> {
    return (await Deno.readTextFile(`${this.#node(index).properties}.log`)).slice(-3_000);
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { broker, instance } of this.#nodes) {
      try {
        broker.kill("SIGKILL");
      } catch (thrown) {
        // It has ended already.
        if (!(thrown instanceof TypeError)) throw thrown;
      }
      await broker.status;
      await instance[Symbol.asyncDispose]();
    }
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function listening(hostname: string): Promise<void> {
  await until(
    async () => {
      try {
        (await Deno.connect({ hostname, port: 9094 })).close();
        return true;
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.ConnectionRefused)) throw thrown;
        return undefined;
      }
    },
    `the broker of ${hostname} to listen`,
    60_000,
  );
}

async function copy(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function byte(): number {
  return 1 + (crypto.getRandomValues(new Uint8Array(1))[0] as number) % 250;
}
