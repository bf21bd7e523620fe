import { Kafka, logLevel } from "kafkajs";
import { findProgram, partsFolder } from "./part.ts";

const VERSION = "4.3.1";

/** A Kafka cluster of its own for tests, on free ports of 127.0.0.1, in a folder of its own. */
export interface KafkaCluster {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** Ends a broker as a power cut would: kill -9. */
  kill(index: number): Promise<void>;
  /** Starts a killed broker again, on its old data, and waits until it answers. */
  restart(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** How to get Kafka on this machine; undefined when it can be had. */
export async function missingKafka(): Promise<string | undefined> {
  if (Deno.env.get("TICKBELL_TEST_KAFKA")) return undefined;
  if (await findProgram("java") === undefined) {
    return "Install Java 17 or newer, or set TICKBELL_TEST_KAFKA=host:port.";
  }
  const lib = await Deno.stat(libFolder()).catch(() => undefined);
  if (lib || await findProgram("mvn") !== undefined) return undefined;
  return `Install Maven (it gets Apache Kafka ${VERSION} from Maven Central), or set TICKBELL_TEST_KAFKA=host:port.`;
}

/**
 * The brokers of `TICKBELL_TEST_KAFKA`, or a new single broker.
 */
export async function testKafka(): Promise<KafkaCluster> {
  const given = Deno.env.get("TICKBELL_TEST_KAFKA");
  if (!given) return await startKafka(1);
  const refuse = () => Promise.reject(new Error("a broker named by TICKBELL_TEST_KAFKA is not ours to stop"));
  return { brokers: given.split(","), kill: refuse, restart: refuse, stop: () => Promise.resolve() };
}

/** Installs Apache Kafka when it is not there yet and starts `count` brokers (1 or 3) that are controllers too. */
export async function startKafka(count: 1 | 3): Promise<KafkaCluster> {
  await install();
  const folder = await Deno.makeTempDir({ prefix: "tickbell-kafka-" });
  const ports = freePorts(count * 2);
  const nodes = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    port: ports[index * 2] as number,
    controllerPort: ports[index * 2 + 1] as number,
    folder: `${folder}/${index + 1}`,
  }));
  const voters = nodes.map((node) => `${node.id}@127.0.0.1:${node.controllerPort}`).join(",");
  const clusterId = "dGlja2JlbGwta2Fma2EtMQ";
  const processes: Deno.ChildProcess[] = [];
  await Promise.all(nodes.map(async (node) => {
    await Deno.mkdir(node.folder);
    await Deno.writeTextFile(`${node.folder}/server.properties`, properties(node, voters, count));
    await java([
      "kafka.tools.StorageTool",
      "format",
      "-t",
      clusterId,
      "-c",
      `${node.folder}/server.properties`,
    ]);
  }));
  const start = (index: number) => {
    const node = nodes[index];
    if (!node) throw new Error(`there is no broker ${index}`);
    processes[index] = javaCommand(
      ["kafka.Kafka", `${node.folder}/server.properties`],
      `${node.folder}/out.log`,
    ).spawn();
  };
  const brokers = nodes.map((node) => `127.0.0.1:${node.port}`);
  nodes.forEach((_, index) => start(index));
  const cluster: KafkaCluster = {
    brokers,
    kill: async (index) => {
      processes[index]?.kill("SIGKILL");
      await processes[index]?.status;
    },
    restart: async (index) => {
      start(index);
      await answering([brokers[index] as string], 1);
    },
    stop: async () => {
      for (const child of processes) {
        try {
          child.kill("SIGKILL");
        } catch (thrown) {
          // It has ended already.
          if (!(thrown instanceof TypeError)) throw thrown;
        }
        await child.status;
      }
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    await answering(brokers, count);
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
  return cluster;
}

function libFolder(): string {
  return `${partsFolder()}/kafka-${VERSION}/lib`;
}

async function install(): Promise<void> {
  if (await Deno.stat(libFolder()).then(() => true, () => false)) return;
  const folder = await Deno.makeTempDir({ prefix: "tickbell-kafka-install-" });
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  await Deno.writeTextFile(
    `${folder}/pom.xml`,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>tickbell</groupId><artifactId>test-broker</artifactId><version>1</version><dependencies>
    ${dependency("org.apache.kafka", "kafka_2.13", VERSION)}
    ${dependency("org.apache.kafka", "kafka-tools", VERSION)}
    ${dependency("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.1")}
    </dependencies></project>`,
  );
  const { code, stdout, stderr } = await new Deno.Command("mvn", {
    args: ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"],
    cwd: folder,
  }).output();
  if (code !== 0) {
    throw new Error(
      `mvn could not get Kafka: ${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}`,
    );
  }
  await Deno.mkdir(`${partsFolder()}/kafka-${VERSION}`, { recursive: true });
  // Another test may have been faster; its copy is as good.
  await Deno.rename(`${folder}/lib`, libFolder()).catch(async (thrown) => {
    if (!await Deno.stat(libFolder()).then(() => true, () => false)) throw thrown;
  });
  await Deno.remove(folder, { recursive: true });
}

function properties(
  node: { id: number; port: number; controllerPort: number; folder: string },
  voters: string,
  count: number,
): string {
  return Object.entries({
    "process.roles": "broker,controller",
    "node.id": node.id,
    "controller.quorum.voters": voters,
    "listeners": `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${node.port}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": `${node.folder}/data`,
    "auto.create.topics.enable": false,
    "offsets.topic.replication.factor": count,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.replication.factor": count,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "log.cleaner.dedupe.buffer.size": 16777216,
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    "controller.quorum.election.timeout.ms": 500,
    "controller.quorum.fetch.timeout.ms": 1000,
    "num.network.threads": 2,
    "num.io.threads": 4,
  }).map(([name, value]) => `${name}=${value}`).join("\n");
}

function javaCommand(args: readonly string[], output?: string): Deno.Command {
  return new Deno.Command("sh", {
    args: [
      "-c",
      `exec java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$LIB/*" "$@" ${
        output ? `>"$OUT" 2>&1` : ""
      }`,
      "java",
      ...args,
    ],
    env: { LIB: libFolder(), OUT: output ?? "" },
    stdin: "null",
    stdout: output ? "null" : "piped",
    stderr: output ? "null" : "piped",
  });
}

async function java(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await javaCommand(args).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

/** Waits until the brokers know of `count` of them. */
async function answering(brokers: readonly string[], count: number): Promise<void> {
  const until = Date.now() + 90_000;
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  for (;;) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      const { brokers: known } = await admin.describeCluster();
      if (known.length >= count) return;
    } catch (thrown) {
      if (Date.now() > until) throw thrown;
    } finally {
      await admin.disconnect().catch(() => {});
    }
    await new Promise((go) => setTimeout(go, 100));
  }
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
