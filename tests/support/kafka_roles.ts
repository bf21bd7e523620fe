/** Roles with credentials of their own at a broker that allows what their table says and nothing else. */
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { fileURLToPath } from "node:url";
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { kafkaConnection } from "../../src/cli/open_log.ts";
import { loadConfig } from "../../src/config/load.ts";
import { logSettings } from "../../src/config/log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { aclsOf, type LogRole, ROLES_OF_THE_LOG } from "../../src/ports/role_rights.ts";
import { type Topic, TOPICS } from "../../src/ports/topics.ts";
import { within } from "./gather.ts";
import type { TestTopics } from "./kafka_log.ts";
import type { SecureKafka } from "./kafka_secure.ts";
import { until } from "./until.ts";

/** Each role's process has the permissions that its settings give it, and no others. */
const LAUNCHER = fileURLToPath(new URL("../../src/cli/tickbell.ts", import.meta.url));

/** Opens a log as a process with these settings does. */
export async function openWith(env: Readonly<Record<string, string>>): Promise<EventLog> {
  const config = loadConfig(logSettings, { flags: {}, env: { ...env } });
  return await openKafkaLog({ ...await kafkaConnection(config), clock: systemClock, random: Math.random });
}

/** The settings by which a role signs in as itself. */
export function credentialsOf(kafka: SecureKafka, role: LogRole): Record<string, string> {
  return { TICKBELL_KAFKA_SASL_USERNAME: role, TICKBELL_KAFKA_SASL_PASSWORD: kafka.passwordOf(role) };
}

const OPERATIONS = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
};

/** Allows each role what its table says. */
export async function allowRoles(kafka: SecureKafka, made: TestTopics): Promise<void> {
  const acl = ROLES_OF_THE_LOG.flatMap((role) =>
    aclsOf(role, { ...made, topics: made.names }).map(({ resource, name, operation }) => ({
      principal: `User:${role}`,
      host: "*",
      permissionType: AclPermissionTypes.ALLOW,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      resourceType: AclResourceTypes[resource === "topic" ? "TOPIC" : "GROUP"],
      resourceName: name,
      operation: OPERATIONS[operation],
    }))
  );
  await made.admin.createAcls({ acl });
  // It stands in the broker's metadata a moment later.
  await until(async () => {
    const log = await openWith({
      TICKBELL_BROKERS: kafka.sasl,
      TICKBELL_KAFKA_TLS: "true",
      TICKBELL_KAFKA_CA_FILE: kafka.caFile,
      TICKBELL_KAFKA_SASL_MECHANISM: "plain",
      ...topicVariables(made),
      ...credentialsOf(kafka, "control"),
    });
    const written = await mayWrite(log, "audit");
    await log.close();
    return written;
  }, "the rights to hold");
}

/** The settings that name them. */
export function topicVariables({ names }: TestTopics): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).map(([topic, name]) => [`TICKBELL_TOPIC_${topic.toUpperCase()}`, name]),
  );
}

/** A record on every topic, by somebody who may. */
export async function fillTopics(env: Readonly<Record<string, string>>): Promise<void> {
  const log = await openWith(env);
  for (const topic of TOPICS) await log.append([aRecord(topic)]);
  await log.close();
}

/** Of no kind that anybody reads. */
function aRecord(topic: Topic) {
  return { topic, key: "~test", value: '{"kind":"test"}', timestamp: Date.now() } as const;
}

/** The topics that whoever has these settings can write to and read. */
export async function whatItMay(env: Readonly<Record<string, string>>) {
  const log = await openWith(env);
  try {
    const writes: Topic[] = [];
    const reads: Topic[] = [];
    for (const topic of TOPICS) {
      if (await mayWrite(log, topic)) writes.push(topic);
      if (await mayRead(log, topic)) reads.push(topic);
    }
    return { writes: writes.sort(), reads: reads.sort() };
  } finally {
    await log.close();
  }
}

async function mayWrite(log: EventLog, topic: Topic): Promise<boolean> {
  return await allowed(log.append([aRecord(topic)]), `an append to ${topic}`);
}

/** A reading that is refused goes on and says so, until it is allowed. */
async function mayRead(log: EventLog, topic: Topic): Promise<boolean> {
  const partition = await log.partitionOf(topic, "~test");
  const done = new AbortController();
  const read = async () => {
    const { start, end } = await log.bounds(topic, partition);
    for await (const _ of log.read({ topic, partition, from: start, to: end, signal: done.signal })) {
      return true;
    }
    return true;
  };
  const refused = async () => {
    await until(() => done.signal.aborted || /authoriz/i.test(log.health().detail), `reading ${topic}`);
    return false;
  };
  const reading = read();
  try {
    return await Promise.race([reading, refused()]);
  } finally {
    done.abort();
    await reading;
  }
}

async function allowed(doing: Promise<unknown>, what: string): Promise<boolean> {
  try {
    await within(doing, what);
    return true;
  } catch (thrown) {
    if (thrown instanceof OutsideError && thrown.code === "kafka_topic_authorization_failed") return false;
    throw thrown;
  }
}

/** All five roles, or some, as `tickbell ROLE` starts them, the market simulated, mails in a folder. */
export class RoleProcesses implements AsyncDisposable {
  readonly #folder: string;
  readonly #children = new Map<LogRole, Deno.ChildProcess>();
  readonly #said = new Map<LogRole, string>();
  readonly #reading: Promise<void>[] = [];
  static readonly #KEY = "tb_a_key_of_this_test_alone_0123456789";

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(
    envOf: (role: LogRole) => Readonly<Record<string, string>>,
    which: readonly LogRole[] = ROLES_OF_THE_LOG,
  ): Promise<RoleProcesses> {
    const roles = new RoleProcesses(await Deno.makeTempDir({ prefix: "tickbell-roles-" }));
    for (const role of which) roles.#start(role, envOf(role));
    return roles;
  }

  #start(role: LogRole, env: Readonly<Record<string, string>>): void {
    const dataDir = `${this.#folder}/${role}`;
    const args = role === "control" ? ["--port", "0"] : ["--metrics-port", "0"];
    const more = role === "producer" ? ["--source", "simulator", "--rate", "50"] : [];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", LAUNCHER, role, "--data-dir", dataDir, ...args, ...more],
      env: {
        ...env,
        NO_COLOR: "1",
        TICKBELL_KAFKA_HOSTS: "127.0.0.1",
        ...(role === "control" ? { TICKBELL_API_KEY: RoleProcesses.#KEY } : {}),
        ...(role === "notifier" ? { TICKBELL_MAIL: "outbox" } : {}),
      },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#children.set(role, child);
    this.#said.set(role, "");
    for (const stream of [child.stdout, child.stderr]) this.#reading.push(this.#read(role, stream));
  }

  async #read(role: LogRole, stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#said.set(role, `${this.#said.get(role)}${text}`);
    }
  }

  /** Waits until every role that was started says that it works. */
  async ready(): Promise<void> {
    for (const role of this.#children.keys()) {
      await until(
        () => this.#look(role).then((answer) => answer?.status === 200),
        `${role} to be ready`,
        40_000,
      ).catch(async (thrown) => {
        const { text = "nothing" } = await this.#look(role) ?? {};
        throw new Error(`${thrown}: ${text}\n${this.#said.get(role)?.slice(-2_000)}`);
      });
    }
  }

  /** What any role says is wrong. */
  async unwell(): Promise<string[]> {
    const looks = await Promise.all(
      [...this.#children.keys()].map(async (role) => [role, await this.#look(role)] as const),
    );
    return looks.flatMap(([role, look]) => {
      const isWell = look?.status === 200 && !/not authorized|authorization/i.test(look.text);
      const log = /.*authoriz.*/i.exec(this.#said.get(role) ?? "")?.[0];
      return [
        ...(isWell ? [] : [`${role}: ${look?.text}`]),
        ...(log === undefined ? [] : [`${role}: ${log}`]),
      ];
    });
  }

  /** Posts a rule with the API's first key. */
  async postRule(rule: unknown): Promise<void> {
    const response = await fetch(`${this.#url("control")}/v1/rules`, {
      method: "POST",
      headers: { "authorization": `Bearer ${RoleProcesses.#KEY}`, "content-type": "application/json" },
      body: JSON.stringify(rule),
    });
    const text = await response.text();
    if (response.status !== 201) throw new Error(text);
  }

  /** A rule as the API has it. */
  async rule(id: string): Promise<unknown> {
    const response = await fetch(`${this.#url("control")}/v1/rules/${id}`, {
      headers: { authorization: `Bearer ${RoleProcesses.#KEY}` },
    });
    return await response.json();
  }

  /** How many mails have been written. */
  async mails(): Promise<number> {
    try {
      return (await Array.fromAsync(Deno.readDir(`${this.#folder}/notifier/outbox`))).length;
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      return 0;
    }
  }

  #url(role: LogRole): string | undefined {
    const port = /(?:port |127\.0\.0\.1:)(\d{4,5})/.exec(this.#said.get(role) ?? "")?.[1];
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  }

  async #look(role: LogRole): Promise<{ status: number; text: string } | undefined> {
    const url = this.#url(role);
    if (url === undefined) return undefined;
    try {
      const response = await fetch(`${url}/readyz`);
      return { status: response.status, text: await response.text() };
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.values()) {
      try {
        child.kill("SIGTERM");
      } catch (thrown) {
        // It has ended already.
        if (!(thrown instanceof TypeError)) throw thrown;
      }
    }
    await Promise.all([...this.#children.values()].map(({ status }) => status));
    await Promise.all(this.#reading);
    await Deno.remove(this.#folder, { recursive: true });
  }
}
