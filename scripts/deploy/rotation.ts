import { type Deployment, NAMESPACE, type Outputs } from "./deployment.ts";
import { COMMAND_WAITS, type CommandWaits, instanceId, runOn } from "./instances.ts";
import { restartBrokers } from "./roll.ts";
import type { SecretValue } from "./secret_value.ts";
import { readSecret } from "./secrets.ts";

/** What came of it: InfluxDB's secret with the new token, and the old token's id, to be ended once nothing uses it. */
export interface Rotated {
  readonly influxdb: SecretValue | undefined;
  readonly oldToken: string | undefined;
  readonly said: string;
}

/** Has the instances take up what was rotated: passwords of the brokers' users, certificates, InfluxDB's token. */
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
  if (deployment.rotate.includes("brokers")) said.push(await restartBrokers(deployment, outputs));
  if (!deployment.rotate.includes("influxdb")) {
    return { influxdb: undefined, oldToken: undefined, said: said.join("; ") };
  }
  const written = await runOn(
    deployment,
    instanceId(outputs, "database-instance"),
    "/usr/local/sbin/influxdb-rotate",
    "The old token goes on. See why in a session: docs/deployment/runbooks.md#influxdb-down.",
    waits,
  );
  const oldToken = /^old token: (\S+)$/m.exec(written)?.[1];
  said.push("InfluxDB has a new token");
  const influxdb = await readSecret(deployment, outputs.secret_arns.influxdb as string);
  return { influxdb, oldToken, said: said.join("; ") };
}

/** Ends InfluxDB's old token, once everything that reads the secret has started anew with the new one. */
export async function endOldToken(deployment: Deployment, outputs: Outputs, id: string): Promise<string> {
  const readers = [[NAMESPACE, "consumer"], [NAMESPACE, "control"]] as const;
  for (const [namespace, role] of readers) {
    const words = ["-n", namespace, "rollout", "status", `deployment/${role}`, "--timeout=300s"];
    await deployment.shell.run(
      "kubectl",
      words,
      `The old token ${id} stays until the same command is run again.`,
    );
  }
  const ending = `/usr/local/sbin/influxdb-rotate end ${id}`;
  await runOn(
    deployment,
    instanceId(outputs, "database-instance"),
    ending,
    "Both tokens are good until then.",
  );
  return `${id} is ended`;
}
