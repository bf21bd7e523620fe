/**
 * Machines are made anew one at a time, each when the others can do without it: `deploy --roll kafka|influxdb|nat`. A new
 * machine takes up the old one's address (its network interface stays) and its data volume.
 *
 * @module
 */
import type { Deployment, Outputs } from "./deployment.ts";
import { replaceInstances } from "./infrastructure.ts";
import { COMMAND_WAITS, type CommandWaits, instanceId, runOn, tryOn } from "./instances.ts";
import { stopRoles } from "./roles.ts";
import { DeployError } from "./shell.ts";

export const ROLLABLE = ["kafka", "influxdb", "nat"] as const;
export type Rollable = typeof ROLLABLE[number];

/** How long is waited for a machine and its replicas to be back, and how often it is asked, ms. */
export interface RollWaits extends CommandWaits {
  readonly backMs: number;
}
const ROLL_WAITS: RollWaits = { ...COMMAND_WAITS, backMs: 1_800_000, pollMs: 10_000 };

const ADDRESS = {
  kafka: (name: string) => `module.platform.module.kafka.module.node["${name}"]`,
  influxdb: () => "module.platform.module.influxdb.module.instance",
  nat: () => "module.platform.module.nat.module.instance",
} as const;

/** @returns what was done, in words. */
export async function roll(
  deployment: Deployment,
  outputs: Outputs,
  what: Rollable,
  waits: RollWaits = ROLL_WAITS,
): Promise<string> {
  if (what === "kafka") return await rollKafka(deployment, outputs, waits);
  const name = what === "nat" ? "nat-instance" : "database-instance";
  if (what === "influxdb") {
    const id = instanceId(outputs, name);
    await runOn(deployment, id, "/usr/local/sbin/influxdb-backup", BACKUP_REMEDY, waits);
    await runOn(deployment, id, "systemctl stop influxdb", BACKUP_REMEDY, waits);
  }
  const made = await replaceInstances(deployment, [ADDRESS[what]()]);
  const answers = what === "nat" ? "/usr/local/sbin/nat-setup" : "curl -fsS http://127.0.0.1:8086/health";
  await untilDone(deployment, made, { name, command: answers, what: "to answer" }, waits);
  return `${name} is new, with its address and its data`;
}

const BACKUP_REMEDY =
  "Nothing was replaced. See why in a session on database-instance: docs/deployment/runbooks.md#influxdb-down.";

async function rollKafka(deployment: Deployment, outputs: Outputs, waits: RollWaits): Promise<string> {
  let now = outputs;
  const nodes = Object.keys(outputs.kafka_nodes);
  for (const [index, name] of nodes.entries()) {
    // Asked of another node: this one is about to go.
    const other = nodes[(index + 1) % nodes.length] as string;
    await untilInSync(deployment, now, other, waits);
    // SIGTERM moves leadership away first: clients notice nothing.
    await runOn(deployment, instanceId(now, name), "systemctl stop kafka", STOP_REMEDY, waits);
    deployment.say(`   ${name} is stopped and made anew`);
    now = await replaceInstances(deployment, [ADDRESS.kafka(name)]);
    await untilInSync(deployment, now, other, waits);
    deployment.say(`   ${name} is back, every replica in sync`);
  }
  return `${nodes.join(", ")}: one after the other, with every replica in sync before and after`;
}

/** Restarts the brokers one at a time, so that each reads its new certificate. */
export async function restartBrokers(
  deployment: Deployment,
  outputs: Outputs,
  waits: RollWaits = ROLL_WAITS,
): Promise<string> {
  const nodes = Object.keys(outputs.kafka_nodes);
  for (const [index, name] of nodes.entries()) {
    const other = nodes[(index + 1) % nodes.length] as string;
    await untilInSync(deployment, outputs, other, waits);
    await runOn(deployment, instanceId(outputs, name), "systemctl restart kafka", STOP_REMEDY, waits);
  }
  await untilInSync(deployment, outputs, nodes[0] as string, waits);
  return `${nodes.length} brokers restarted, one after the other`;
}

const STOP_REMEDY = "The other nodes go on. See why in a session: docs/deployment/runbooks.md#kafka-down.";

/** Brokers from before they spoke TLS cannot meet those that do: all are replaced together, with the roles stopped. */
export async function moveBrokers(deployment: Deployment, outputs: Outputs): Promise<string> {
  const question =
    "This stops all roles and replaces all brokers together, for about ten minutes: nothing is lost, and trades of that time are not seen. Go on? Write yes:";
  if (!deployment.agrees(question)) {
    throw new DeployError(
      "Nobody agreed to stop the roles",
      "Roles and brokers go on as they were. Run the same command again while the market is closed, and write yes.",
    );
  }
  await stopRoles(deployment);
  await replaceInstances(deployment, Object.keys(outputs.kafka_nodes).map(ADDRESS.kafka));
  return "all brokers are new and speak TLS; the release below starts the roles again";
}

function untilInSync(
  deployment: Deployment,
  outputs: Outputs,
  name: string,
  waits: RollWaits,
): Promise<void> {
  const command = "/usr/local/sbin/kafka-insync";
  return untilDone(deployment, outputs, { name, command, what: "to see every replica in sync" }, waits);
}

async function untilDone(
  deployment: Deployment,
  outputs: Outputs,
  { name, command, what }: { readonly name: string; readonly command: string; readonly what: string },
  waits: RollWaits,
): Promise<void> {
  let said = "it was not reached";
  for (const end = Date.now() + waits.backMs; Date.now() < end;) {
    const { code, stdout, stderr } = await tryOn(deployment, instanceId(outputs, name), command, waits);
    if (code === 0) return;
    said = (stdout || stderr).trim() || said;
    await new Promise((go) => setTimeout(go, waits.pollMs));
  }
  throw new DeployError(
    `${name} was waited for ${waits.backMs / 60_000} minutes ${what}: ${said}`,
    "What comes after it was left alone. Mend it (docs/deployment/runbooks.md) and run the same command again: it begins with the first machine.",
  );
}
