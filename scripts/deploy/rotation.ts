import { type Deployment, NAMESPACE, type Outputs } from "./deployment.ts";
import { COMMAND_WAITS, type CommandWaits, instanceId, runOn } from "./instances.ts";
import { restartBrokers } from "./roll.ts";
import type { SecretValue } from "./secret_value.ts";
import { readSecret } from "./secrets.ts";

/** What came of it: InfluxDB's secret with new tokens, and the old ones' ids with commas, to be ended once nothing uses them. */
export interface Rotated {
  readonly influxdb: SecretValue | undefined;
  readonly oldTokens: string | undefined;
  readonly said: string;
}

/** Has the instances take up what was rotated: passwords of the brokers' users, certificates, InfluxDB's tokens. */
export async function rotateOnInstances(
  deployment: Deployment,
  outputs: Outputs,
  waits: CommandWaits = COMMAND_WAITS,
): Promise<Rotated> {
  const said: string[] = [];
  if (deployment.rotate.includes("kafka")) {
    const remedy = "Roles go on with the connections they have. Mend it and run the same command again.";
    await runOn(
      deployment,
      instanceId(outputs, "kafka-instance-1"),
      "/usr/local/sbin/kafka-users",
      remedy,
      waits,
    );
    said.push("the brokers' users have new passwords");
  }
  if (deployment.rotate.some((name) => ["brokers", "authority"].includes(name))) {
    said.push(await restartBrokers(deployment, outputs));
  }
  if (!deployment.rotate.includes("influxdb")) {
    return { influxdb: undefined, oldTokens: undefined, said: said.join("; ") };
  }
  const written = await runOn(
    deployment,
    instanceId(outputs, "database-instance"),
    "/usr/local/sbin/influxdb-rotate",
    "The old tokens go on. See why in a session: docs/deployment/runbooks.md#influxdb-down.",
    waits,
  );
  // In the singular from an instance of before each had its own.
  const oldTokens = /^old tokens?: (\S+)$/m.exec(written)?.[1];
  said.push("InfluxDB has new tokens");
  const influxdb = await readSecret(deployment, outputs.secret_arns.influxdb as string);
  return { influxdb, oldTokens, said: said.join("; ") };
}

/** Ends InfluxDB's old tokens, once everything that reads the secret has started anew with the new ones. */
export async function endOldTokens(deployment: Deployment, outputs: Outputs, ids: string): Promise<string> {
  const readers = [[NAMESPACE, "consumer"], [NAMESPACE, "control"]] as const;
  for (const [namespace, role] of readers) {
    const words = ["-n", namespace, "rollout", "status", `deployment/${role}`, "--timeout=300s"];
    await deployment.shell.run(
      "kubectl",
      words,
      `The old tokens ${ids} stay until the same command is run again.`,
    );
  }
  const ending = `/usr/local/sbin/influxdb-rotate end ${ids}`;
  await runOn(
    deployment,
    instanceId(outputs, "database-instance"),
    ending,
    "Old and new tokens are good until then.",
  );
  return `${ids} are ended`;
}
